import Foundation
import IMAP
import Synchronization

/// Fetches from several accounts at a time, each in a thread of its own.
final class MailCrew: Sendable {
  private let accounts: [MailAccount]
  private let next = Mutex(0)

  /// Connections at a time.
  private static let most = 8

  init(_ accounts: [MailAccount]) { self.accounts = accounts }

  /// Starts; the feed knows when all have ended.
  func start(_ desk: MailDesk) {
    for _ in 0..<min(Self.most, accounts.count) {
      desk.feed.enter()
      Thread {
        while let account = self.take() { AccountRun(account, desk).run() }
        desk.feed.leave()
      }.start()
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
