import Foundation
import IMAP
import Settings

/// Watches one mailbox: reads new messages, waits for more, and reconnects after every failure.
final class MailboxWatcher: Sendable {
  private let account: MailAccount
  private let folder: String
  private let context: FetchContext

  init(_ account: MailAccount, _ folder: String, _ context: FetchContext) {
    self.account = account
    self.folder = folder
    self.context = context
  }

  /// Starts a thread that runs until the deadline is stopped.
  /// - Throws: ``IngestionError`` if the thread cannot be started.
  func start() throws {
    context.inputQueue.addProducer()
    do {
      try WorkerThread.start {
        self.run()
        self.context.inputQueue.removeProducer()
      }
    } catch {
      context.inputQueue.removeProducer()
      throw error
    }
  }

  private func run() {
    var backoff = Backoff(pollSeconds: account.pollSeconds)
    let problems = ReportedProblems()
    var reportedError: IMAPError?
    var isReached = false
    while !context.deadline.hasBeenStopped {
      let start = ContinuousClock.now
      do {
        try connectAndWatch(&backoff, problems) {
          if reportedError != nil { self.context.note("\(self.location): working again") }
          if !isReached { self.context.reportReached(self.location) }
          (reportedError, isReached) = (nil, true)
        }
      } catch {
        let error = error as? IMAPError ?? IMAPError(.refused, "\(error)")
        guard error.kind != .stopped else { return }
        let pause = backoff.pause(
          afterConnectionOf: -Deadline.seconds(to: start), isTransient: error.isTransient, retryAfter: error.retryAfter)
        // A single transient failure is not reported.
        if error != reportedError, !error.isTransient || backoff.failures == 2 {
          report(error)
          (reportedError, isReached) = (error, false)
        }
        noteRetryDelay(error, pause)
        guard (try? context.deadline.wait(pause)) != nil else { return }
      }
    }
  }

  private func noteRetryDelay(_ error: IMAPError, _ pause: Double) {
    guard let retryAfter = error.retryAfter else { return }
    let cap = retryAfter > pause ? ", which is longer than the maximum" : ""
    context.note(
      "\(account.name), \(folder): the server requests a pause of \(Int(retryAfter)) s\(cap); next attempt in \(Int(pause.rounded(.up))) s"
    )
  }

  private var location: String { "\(account.name), \(folder)" }

  private func report(_ error: IMAPError) { context.report(location, error.explanation, error.kind) }

  /// Watches over one connection until it ends.
  private func connectAndWatch(_ backoff: inout Backoff, _ problems: ReportedProblems, onSuccess: () -> Void) throws {
    let session = try account.loginSequence(context.deadline, note: context.note).open(context.deadline)
    defer { session.logOut() }
    while true {
      let wasUseful = try MailboxSync(session, account, folder, context, reported: problems).run()
      onSuccess()
      let next = Deadline.instant(after: backoff.pause(afterScan: wasUseful))
      if session.canIdle, backoff.usesIdle {
        let start = ContinuousClock.now
        let wasKept = try session.idle(seconds: account.idleSeconds)
        backoff.noteIdle(wasKept: wasKept, seconds: -Deadline.seconds(to: start))
        if wasKept, !session.hasNewMessages { backoff.noteQuiet() }
        if !backoff.usesIdle {
          context.note(
            "\(account.name), \(folder): the server does not keep IDLE open; the mailbox is polled every \(Int(account.pollSeconds)) s"
          )
        }
      } else {
        try session.rest(seconds: account.pollSeconds)
        if !session.hasNewMessages { backoff.noteQuiet() }
      }
      try context.deadline.wait(max(0, Deadline.seconds(to: next)))
    }
  }
}
