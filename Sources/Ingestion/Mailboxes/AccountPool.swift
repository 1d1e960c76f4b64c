import IMAP
import Settings
import Synchronization

/// Fetches from several accounts at a time, each in a thread of its own.
final class AccountPool: Sendable {
  private let accounts: [MailAccount]
  private let next = Mutex(0)

  /// Connections at a time.
  private static let maxConnections = 8

  init(_ accounts: [MailAccount]) { self.accounts = accounts }

  /// Starts; the feed knows when all have ended. If the system gives few threads, those that there are do all of it.
  /// - Throws: ``IngestionError`` if there is no thread at all.
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
