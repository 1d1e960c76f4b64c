import Foundation
import IMAP
import Settings

/// Stays with one mailbox: reads what is new, waits for more, and comes back after every failure.
final class MailboxWatcher: Sendable {
  private let account: MailAccount
  private let folder: String
  private let desk: FetchContext

  init(_ account: MailAccount, _ folder: String, _ desk: FetchContext) {
    self.account = account
    self.folder = folder
    self.desk = desk
  }

  /// Goes on until it is told to stop.
  /// - Throws: ``IngestionError`` if there is no thread for it.
  func start() throws {
    desk.feed.enter()
    do {
      try WorkerThread.start {
        self.run()
        self.desk.feed.leave()
      }
    } catch {
      desk.feed.leave()
      throw error
    }
  }

  private func run() {
    var pace = Backoff(pollSeconds: account.pollSeconds)
    let problems = ReportedProblems()
    var told: IMAPError?
    while !desk.stop.hasBeenStopped {
      let start = ContinuousClock.now
      do {
        try stay(&pace, problems) {
          if told != nil { self.desk.note("\(self.account.name), \(self.folder): back to normal") }
          told = nil
        }
      } catch {
        let error = error as? IMAPError ?? IMAPError(.refused, "\(error)")
        guard error.kind != .stopped else { return }
        let pause = pace.pause(
          afterConnectionOf: -Deadline.seconds(to: start), isTransient: error.isTransient, wanted: error.retryAfter)
        // The first failure that passes by itself is nothing that a person has to know.
        if error != told, !error.isTransient || pace.failures == 2 {
          tell(error)
          told = error
        }
        noteWish(error, pause)
        guard (try? desk.stop.wait(pause)) != nil else { return }
      }
    }
  }

  private func noteWish(_ error: IMAPError, _ pause: Double) {
    guard let wanted = error.retryAfter else { return }
    let cap = wanted > pause ? ", which is longer than dmarcstat waits" : ""
    desk.note(
      "\(account.name), \(folder): the server asks for a pause of \(Int(wanted)) s\(cap); next attempt in \(Int(pause.rounded(.up))) s"
    )
  }

  private func tell(_ error: IMAPError) {
    desk.tell("\(account.name), \(folder)", error.explanation, error.kind)
  }

  /// One connection, as long as it lasts.
  private func stay(_ pace: inout Backoff, _ problems: ReportedProblems, onSuccess: () -> Void) throws {
    let session = try account.opening(desk.stop, note: desk.note).open(desk.stop)
    defer { session.logOut() }
    while true {
      let wasUseful = try MailboxSync(session, account, folder, desk, told: problems).run()
      onSuccess()
      let next = Deadline.instant(after: pace.pause(afterLook: wasUseful))
      if session.canIdle, pace.trustsIdle {
        let start = ContinuousClock.now
        let wasKept = try session.idle(seconds: account.idleSeconds)
        pace.noteIdle(wasKept: wasKept, seconds: -Deadline.seconds(to: start))
        if wasKept, !session.hasNews { pace.noteQuiet() }
        if !pace.trustsIdle {
          desk.note(
            "\(account.name), \(folder): the server does not keep up IDLE; the folder is looked at every \(Int(account.pollSeconds)) s"
          )
        }
      } else {
        try session.rest(seconds: account.pollSeconds)
        if !session.hasNews { pace.noteQuiet() }
      }
      try desk.stop.wait(max(0, Deadline.seconds(to: next)))
    }
  }
}
