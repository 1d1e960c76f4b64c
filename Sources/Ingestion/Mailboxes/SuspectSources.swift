import Synchronization

/// Accounts with mails that a run may have died of, which are fetched when all others are done.
final class SuspectSources: Sendable {
  private let accounts = Mutex<Set<String>>([])

  func note(_ account: String) { accounts.withLock { _ = $0.insert(account) } }

  func holds(_ account: String) -> Bool { accounts.withLock { $0.contains(account) } }
}
