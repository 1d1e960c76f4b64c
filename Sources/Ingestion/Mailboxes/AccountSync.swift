import DMARC
import Foundation
import IMAP
import Settings

/// Fetches new messages from the mailboxes of one account, with retries after transient errors. Errors are reported and
/// do not affect other accounts.
final class AccountSync {
  private let account: MailAccount
  private let context: FetchContext
  private let deadline: Deadline
  private var reportedTexts: Set<String> = []
  /// The problems that earlier attempts reported for each mailbox.
  private var problems: [String: ReportedProblems] = [:]

  init(_ account: MailAccount, _ context: FetchContext) {
    self.account = account
    self.context = context
    deadline = context.deadline.shortened(to: account.runSeconds)
  }

  /// Synchronises all mailboxes once.
  func run() {
    var attempt = 0
    while true {
      do {
        return try syncFolders()
      } catch {
        guard let error = error as? IMAPError, error.isTransient, attempt < account.retries,
          let pause = pause(attempt, error)
        else { return report(error) }
        attempt += 1
        let cap =
          (error.retryAfter ?? 0) > Backoff.maxPause
          ? " (the server requested more, but pauses are limited to 15 minutes)" : ""
        context.note(
          "\(account.name): \(error.explanation); next attempt in \(Int(clampedRounding: pause.rounded(.up))) s\(cap)")
        guard (try? deadline.wait(pause)) != nil else { return report(error) }
      }
    }
  }

  /// Seconds until the next attempt, randomised so that many clients do not reconnect at the same time; nil if there is
  /// no time left.
  private func pause(_ attempt: Int, _ error: IMAPError) -> Double? {
    let regularPause = 2 * Double(1 << min(attempt, 7)) * Double.random(in: 0.5...1.5)
    let pause = max(regularPause, min(error.retryAfter ?? 0, Backoff.maxPause))
    return pause < deadline.secondsLeft ? pause : nil
  }

  private func syncFolders() throws {
    let session = try account.loginSequence(deadline, note: context.note).open(deadline)
    defer { session.logOut() }
    for folder in account.folders {
      do {
        let problems = self.problems[folder] ?? ReportedProblems()
        self.problems[folder] = problems
        try MailboxSync(session, account, folder, context, reported: problems).run()
      } catch let error as IMAPError where error.kind == .mailbox || error.kind == .refused {
        report(error, folder)
        context.writerQueue.post(.unchecked(account: account.name))
      }
    }
  }

  private func report(_ error: any Error, _ folder: String? = nil) {
    let error = error as? IMAPError ?? IMAPError(.refused, "\(error)")
    guard error.kind != .stopped else { return }
    let location = account.name + (folder.map { ", \($0)" } ?? "")
    guard reportedTexts.insert("\(location): \(error.explanation)").inserted else { return }
    context.report(location, error.explanation, error.kind)
  }
}
