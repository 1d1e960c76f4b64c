import Foundation
import IMAP

/// Stays with one mailbox: reads what is new, waits for more, and comes back after every failure.
final class MailboxWatch: Sendable {
  private let account: MailAccount
  private let folder: String
  private let feed: InputFeed
  private let stop: SessionClock
  private let rules: MailRules
  private let note: @Sendable (String) -> Void

  /// Seconds between two attempts at most; a login that is refused is not tried more often, because that can lock an account.
  private static let longestPause = 900.0
  private static let shortestPause = 2.0

  init(
    _ account: MailAccount, _ folder: String, _ feed: InputFeed, stop: SessionClock, _ rules: MailRules,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.account = account
    self.folder = folder
    self.feed = feed
    self.stop = stop
    self.rules = rules
    self.note = note
  }

  /// Goes on until it is told to stop.
  func start() {
    feed.enter()
    Thread {
      self.run()
      self.feed.leave()
    }.start()
  }

  private func run() {
    var failures = 0
    var told: IMAPError?
    while !stop.hasBeenStopped {
      do {
        try stay {
          failures = 0
          if told != nil { self.note("\(self.account.name), \(self.folder): all is well again") }
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
        guard (try? stop.wait(pause(failures, error))) != nil else { return }
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
    feed.add(
      .order(.problem(.init(place: "\(account.name), \(folder)", code: error.kind.rawValue, text: error.message))))
  }

  /// One connection, as long as it lasts.
  private func stay(onSuccess: () -> Void) throws {
    let session = try account.opening(note: note).open(stop)
    defer { session.logOut() }
    while true {
      try MailboxPass(session, account, folder, feed, stop, rules, note: note).run()
      onSuccess()
      if session.canIdle {
        try session.idle(seconds: account.idleSeconds)
      } else {
        try stop.wait(account.pollSeconds)
      }
    }
  }
}
