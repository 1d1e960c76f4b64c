import DMARC
import Foundation
import IMAP
import Settings

/// Fetches what is new in the mailboxes of one account, and tries again when that may help. What goes wrong is told; it stops nobody else.
final class AccountSync {
  private let account: MailAccount
  private let desk: FetchContext
  private let clock: Deadline
  private var told: Set<String> = []
  /// What has been told of each folder at an earlier attempt.
  private var problems: [String: ReportedProblems] = [:]

  init(_ account: MailAccount, _ desk: FetchContext) {
    self.account = account
    self.desk = desk
    clock = desk.stop.shortened(to: account.runSeconds)
  }

  /// Does it all once.
  func run() {
    var attempt = 0
    while true {
      do {
        return try pass()
      } catch {
        guard let error = error as? IMAPError, error.isTransient, attempt < account.retries,
          let pause = pause(attempt, error)
        else { return tell(error) }
        attempt += 1
        let cap =
          (error.retryAfter ?? 0) > Backoff.longestPause
          ? " (it wants more, but no pause is longer than 15 minutes)" : ""
        desk.note(
          "\(account.name): \(error.explanation); next attempt in \(Int(clampedRounding: pause.rounded(.up))) s\(cap)")
        guard (try? clock.wait(pause)) != nil else { return tell(error) }
      }
    }
  }

  /// Seconds until the next attempt, different each time so that many clients do not come back together; nil where there is no time left.
  private func pause(_ attempt: Int, _ error: IMAPError) -> Double? {
    let usual = 2 * Double(1 << min(attempt, 7)) * Double.random(in: 0.5...1.5)
    let pause = max(usual, min(error.retryAfter ?? 0, Backoff.longestPause))
    return pause < clock.secondsLeft ? pause : nil
  }

  private func pass() throws {
    let session = try account.opening(clock, note: desk.note).open(clock)
    defer { session.logOut() }
    for folder in account.folders {
      do {
        let problems = self.problems[folder] ?? ReportedProblems()
        self.problems[folder] = problems
        try MailboxSync(session, account, folder, desk, told: problems).run()
      } catch let error as IMAPError where error.kind == .mailbox || error.kind == .refused {
        tell(error, folder)
        desk.writer.post(.unseen(account: account.name))
      }
    }
  }

  private func tell(_ error: any Error, _ folder: String? = nil) {
    let error = error as? IMAPError ?? IMAPError(.refused, "\(error)")
    guard error.kind != .stopped else { return }
    let place = account.name + (folder.map { ", \($0)" } ?? "")
    guard told.insert("\(place): \(error.explanation)").inserted else { return }
    desk.tell(place, error.explanation, error.kind)
  }
}

extension MailAccount {
  /// How to get into the account.
  package func opening(_ clock: Deadline, note: @escaping @Sendable (String) -> Void) -> LoginSequence {
    var opening = LoginSequence(endpoint) {
      guard let secret else {
        throw IMAPError(
          .login, "there is no password: give password_file, password_command, password_env or token_command")
      }
      return Credentials(user: user, secret: try secret.read(clock), mechanism: mechanism)
    }
    // Commands may cost a request, or a look at a token, so that they are not run for this alone.
    if let known = secret?.known { opening.mask = SecretMask([known]) }
    opening.clientName = "dmarcstat"
    opening.allowsPlaintextPassword = allowsPlaintextPassword
    opening.onAlert = { note("\(name): the server says: \($0)") }
    return opening
  }
}
