import IMAP
import Settings
import Synchronization

/// Fetches from several accounts at the same time, with one thread for each connection.
final class AccountPool: Sendable {
  private let accounts: [MailAccount]
  private let next = Mutex(0)

  /// Maximum number of simultaneous connections.
  private static let maxConnections = 8

  init(_ accounts: [MailAccount]) { self.accounts = accounts }

  /// Starts the threads, which are registered as producers of the input queue. If the system provides only some
  /// threads, these process all accounts.
  /// - Throws: ``IngestionError`` if no thread can be started.
  func start(_ context: FetchContext) throws {
    for number in 0..<min(Self.maxConnections, accounts.count) {
      context.inputQueue.addProducer()
      do {
        try WorkerThread.start {
          while let account = self.take() { AccountSync(account, context).run() }
          context.inputQueue.removeProducer()
        }
      } catch {
        context.inputQueue.removeProducer()
        guard number > 0 else { throw error }
        return
      }
    }
  }

  private func take() -> MailAccount? {
    next.withLock { next in
      guard next < accounts.count else { return nil }
      defer { next += 1 }
      return accounts[next]
    }
  }
}
