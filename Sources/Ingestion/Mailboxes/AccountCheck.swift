import DMARC
import Foundation
package import IMAP
package import Settings

/// Checks an account step by step and passes on what it finds.
package final class AccountCheck {
  /// What a step found.
  package struct Line: Sendable, Hashable {
    /// What a line says.
    package enum Kind: String, Sendable {
      case heading, ok, note, failure, conclusion
    }

    package let kind: Kind
    /// What was looked at, such as `login`; empty for a failure, whose text says it.
    package let subject: String
    package let text: String

    /// The line for people.
    package var printed: String {
      let name = subject.isEmpty ? "" : subject.padding(toLength: 12, withPad: " ", startingAt: 0) + " "
      return switch kind {
      case .heading, .conclusion: text
      case .ok: "  ok    \(name)\(text)"
      case .note: "  note  \(name)\(text)"
      case .failure: "  FAIL  \(name)\(text)"
      }
    }
  }

  private let account: MailAccount
  private let output: @Sendable (Line) -> Void
  private let deadline: Deadline
  private var hasPassed = true

  /// A check that passes its lines to `output`.
  package init(_ account: MailAccount, _ deadline: Deadline, output: @escaping @Sendable (Line) -> Void) {
    self.account = account
    self.deadline = deadline
    self.output = output
  }

  /// Logs in, opens each mailbox, and checks the cleanup actions.
  /// - Returns: whether `ingest` would work.
  package func run() -> Bool {
    do {
      let session = try open()
      defer { session.logOut() }
      try reportCapabilities(session)
      for folder in account.folders { try checkMailbox(folder, session) }
      try reportCleanup(session)
    } catch {
      fail((error as? IMAPError)?.explanation ?? "\(error)")
    }
    output(Line(kind: .conclusion, subject: "", text: ""))
    output(
      Line(
        kind: .conclusion, subject: "",
        text: hasPassed ? "Account OK: `dmarcstat ingest` can read it." : "Account check failed; see above."))
    return hasPassed
  }

  private func found(_ what: String, _ text: String) {
    output(Line(kind: .ok, subject: what, text: text))
  }

  private func warn(_ what: String, _ text: String) {
    output(Line(kind: .note, subject: what, text: text))
  }

  private func fail(_ text: String, _ what: String = "") {
    hasPassed = false
    output(Line(kind: .failure, subject: what, text: text))
  }

  // MARK: Steps

  private func open() throws -> IMAPSession {
    let endpoint = account.endpoint
    output(
      Line(
        kind: .heading, subject: "", text: "\(account.name): \(account.user) at \(endpoint.host):\(endpoint.port)"))
    let deadline = deadline.shortened(to: account.runSeconds)
    var loginSequence = account.loginSequence(
      deadline, note: { [output] in output(Line(kind: .note, subject: "", text: $0)) })
    loginSequence.onStep = { [self] step in
      switch step {
      case .connected: found("connection", "established")
      case .encrypted(let facts): reportEncryption(facts)
      case .loggedIn(let mechanism, let server):
        let how =
          mechanism.map { "by \($0.rawValue.uppercased())" }
          ?? "not required: the server accepted the connection without one"
        let name = [server["name"], server["version"]].compactMap { $0 }.joined(separator: " ")
        found("login", how + (name.isEmpty ? "" : ", server: \(name)"))
      }
    }
    let session = try loginSequence.open(deadline)
    if session.tls == nil {
      warn("encryption", "none: anyone on the network path can read the password and the messages")
    }
    return session
  }

  private func reportEncryption(_ facts: TLSFacts) {
    guard !account.endpoint.skipsCertificateCheck else {
      return warn("encryption", "\(facts.version), certificate not checked (insecure_skip_certificate_check)")
    }
    let days = facts.certificateEnd.map { $0.subtractingClamped(Int64(Date().timeIntervalSince1970)) / 86_400 }
    found(
      "encryption",
      "\(facts.version), certificate checked"
        + (days.map { ", valid for \($0 == 1 ? "1 more day" : "\($0) more days")" } ?? ""))
    if let days, days < 14 { warn("encryption", "the server's certificate expires soon: renew it") }
  }

  private func reportCapabilities(_ session: IMAPSession) throws {
    found(
      "new mail",
      session.canIdle
        ? "announced by the server with --watch (IDLE)"
        : "polled every \(Int(clampedRounding: account.pollSeconds)) s with --watch: the server does not support IDLE")
  }

  private func checkMailbox(_ folder: String, _ session: IMAPSession) throws {
    let (name, exists) = try session.resolve(folder)
    guard exists else {
      let names = try session.list().filter(\.isSelectable).map { session.shown($0.name) }
      let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
      return fail("\"\(folder)\" does not exist; existing mailboxes: \(shown)", "mailbox")
    }
    let mailbox: IMAPSession.OpenMailbox
    do {
      mailbox = try session.select(name, readOnly: account.onlyReads)
    } catch let error as IMAPError where error.kind == .refused || error.kind == .mailbox {
      return fail("\(folder) cannot be opened: \(error.explanation)", "mailbox")
    }
    let rights = try? session.rights(on: name)
    found(
      "mailbox",
      "\(session.shown(name)): \(Self.messages(Int(mailbox.exists))), UIDVALIDITY \(mailbox.uidValidity)"
        + (rights.flatMap { $0 }.map { ", your rights: \($0)" } ?? ""))
    if session.exists > 0 {
      found("search", "\(Self.messages(try session.allUIDs().count)) found")
    }
    if account.after == .seen, let flags = mailbox.permanentFlags, !flags.contains("\\seen") {
      warn("rights", "messages in \(folder) cannot be marked as read permanently")
    }
    if mailbox.isReadOnly, !account.onlyReads {
      warn("rights", "\(folder) is read-only: its messages are fetched but not cleaned up")
    }
  }

  private static func messages(_ count: Int) -> String { count == 1 ? "1 message" : "\(count) messages" }

  // MARK: Cleanup

  private func reportCleanup(_ session: IMAPSession) throws {
    let actions = [("stored", account.after), ("rejected", account.rejected), ("no report", account.other)]
    for (which, action) in actions {
      switch action {
      case .keep: found(which, "messages stay in the mailbox, unchanged")
      case .seen: found(which, "messages are marked as read")
      case .delete: try reportDeletion(which, session)
      case .move(let folder):
        let target = try session.resolve(folder)
        found(
          which,
          "messages are moved to \(session.shown(target.name))\(target.exists ? "" : ", which will be created")\(moveMethod(session))"
        )
      }
    }
  }

  private func moveMethod(_ session: IMAPSession) -> String {
    if session.canMove { return "" }
    return session.canExpungeSome
      ? " (by copying: the server does not support MOVE)"
      : " (by copying; the originals stay, marked as deleted\(account.expungesAll ? ", until all messages marked as deleted are expunged" : "")"
        + ")"
  }

  private func reportDeletion(_ which: String, _ session: IMAPSession) throws {
    if session.isGmail { return found(which, "messages are moved to the Gmail trash") }
    if session.canExpungeSome { return found(which, "messages are deleted") }
    if account.expungesAll {
      return warn(which, "messages are deleted, together with all others that are marked as deleted (expunge: all)")
    }
    warn(
      which,
      "messages are marked as deleted but stay: the server cannot expunge single messages; see `expunge` in docs/imap.md"
    )
  }
}
