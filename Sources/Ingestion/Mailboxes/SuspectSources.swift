import Synchronization

/// Accounts with messages that may have crashed a run. These messages are fetched after all others.
final class SuspectSources: Sendable {
  private let accounts = Mutex<Set<String>>([])

  func note(_ account: String) { accounts.withLock { _ = $0.insert(account) } }

  func holds(_ account: String) -> Bool { accounts.withLock { $0.contains(account) } }
}
