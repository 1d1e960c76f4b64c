import Foundation
import IMAP

/// Stays with one mailbox: reads what is new, waits for more, and comes back after every failure.
final class MailboxWatch: Sendable {
  private let account: MailAccount
  private let folder: String
  private let desk: MailDesk

  /// Seconds between two attempts at most; a login that is refused is not tried more often, because that can lock an account.
  private static let longestPause = 900.0
  private static let shortestPause = 2.0

  init(_ account: MailAccount, _ folder: String, _ desk: MailDesk) {
    self.account = account
    self.folder = folder
    self.desk = desk
  }

  /// Goes on until it is told to stop.
  func start() {
    desk.feed.enter()
    Thread {
      self.run()
      self.desk.feed.leave()
    }.start()
  }

  private func run() {
    var failures = 0
    var told: IMAPError?
    while !desk.stop.hasBeenStopped {
      do {
        try stay {
          failures = 0
          if told != nil { self.desk.note("\(self.account.name), \(self.folder): all is well again") }
          told = nil
        }
      } catch {
        let error = error as? IMAPError ?? IMAPError(.refused, "\(error)")
        guard error.kind != .stopped else { return }
        // The first failure that passes by itself is nothing that a person has to know.
        if error != told, !error.isTransient || failures == 1 {
          tell(error)
          told = error
        }
        guard (try? desk.stop.wait(pause(failures, error))) != nil else { return }
        failures += 1
      }
    }
  }

  private func pause(_ failures: Int, _ error: IMAPError) -> Double {
    let usual = Self.shortestPause * Double(1 << min(failures, 10)) * Double.random(in: 0.5...1.5)
    let least = error.isTransient ? usual : max(usual, account.pollSeconds)
    return max(min(least, Self.longestPause), error.retryAfter ?? 0)
  }

  private func tell(_ error: IMAPError) {
    desk.tell("\(account.name), \(folder)", error.message, error.kind)
  }

  /// One connection, as long as it lasts.
  private func stay(onSuccess: () -> Void) throws {
    let session = try account.opening(note: desk.note).open(desk.stop)
    defer { session.logOut() }
    while true {
      try MailboxPass(session, account, folder, desk).run()
      onSuccess()
      if session.canIdle {
        try session.idle(seconds: account.idleSeconds)
      } else {
        try session.rest(seconds: account.pollSeconds)
      }
    }
  }
}
