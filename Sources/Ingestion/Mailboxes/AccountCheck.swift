import DMARC
import Foundation
import IMAP
import Settings

/// Walks through an account step by step, and tells a person in words what it finds.
package final class AccountCheck {
  private let account: MailAccount
  private let say: @Sendable (String) -> Void
  private let stop: Deadline
  private var isWell = true

  package init(_ account: MailAccount, _ stop: Deadline, say: @escaping @Sendable (String) -> Void) {
    self.account = account
    self.stop = stop
    self.say = say
  }

  /// - Returns: whether `ingest` would work.
  package func run() -> Bool {
    do {
      let session = try open()
      defer { session.logOut() }
      try tellAbilities(session)
      for folder in account.folders { try look(at: folder, session) }
      try tellTargets(session)
    } catch {
      fail((error as? IMAPError)?.explanation ?? "\(error)")
    }
    say("")
    say(isWell ? "Account OK: `dmarcstat ingest` can read it." : "Account check failed; see above.")
    return isWell
  }

  private func found(_ what: String, _ text: String) {
    say("  ok    \(what.padding(toLength: 12, withPad: " ", startingAt: 0)) \(text)")
  }

  private func warn(_ what: String, _ text: String) {
    say("  note  \(what.padding(toLength: 12, withPad: " ", startingAt: 0)) \(text)")
  }

  private func fail(_ text: String) {
    isWell = false
    say("  FAIL  \(text)")
  }

  // MARK: Steps

  private func open() throws -> IMAPSession {
    let endpoint = account.endpoint
    say("\(account.name): \(account.user) at \(endpoint.host):\(endpoint.port)")
    let clock = stop.shortened(to: account.runSeconds)
    var opening = account.opening(clock, note: { [say] in say("  note  \($0)") })
    opening.onStep = { [self] step in
      switch step {
      case .connected: found("connection", "stands")
      case .encrypted(let facts): tell(facts)
      case .loggedIn(let mechanism, let server):
        let how = mechanism.map { "by \($0.rawValue.uppercased())" } ?? "not needed, the server knows us"
        let name = [server["name"], server["version"]].compactMap { $0 }.joined(separator: " ")
        found("login", how + (name.isEmpty ? "" : ", to \(name)"))
      }
    }
    let session = try opening.open(clock)
    if session.tls == nil { warn("encryption", "there is none: anybody in between reads the password and the mail") }
    return session
  }

  private func tell(_ facts: TLSFacts) {
    guard !account.endpoint.skipsCertificateCheck else {
      return warn("encryption", "\(facts.version), with the certificate unchecked (insecure_skip_certificate_check)")
    }
    let days = facts.certificateEnd.map { $0.subtractingClamped(Int64(Date().timeIntervalSince1970)) / 86_400 }
    found("encryption", "\(facts.version), certificate checked" + (days.map { ", valid for \($0) more days" } ?? ""))
    if let days, days < 14 { warn("encryption", "the server's certificate ends soon") }
  }

  private func tellAbilities(_ session: IMAPSession) throws {
    found(
      "new mail",
      session.canIdle
        ? "told at once with --watch (IDLE)"
        : "looked for every \(Int(clampedRounding: account.pollSeconds)) s with --watch, there is no IDLE")
  }

  private func look(at folder: String, _ session: IMAPSession) throws {
    let (name, exists) = try session.resolve(folder)
    guard exists else {
      let names = try session.list().filter(\.isSelectable).map { session.shown($0.name) }
      let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
      return fail("folder       there is no \"\(folder)\"; there are: \(shown)")
    }
    let mailbox: IMAPSession.OpenMailbox
    do {
      mailbox = try session.select(name, readOnly: account.onlyReads)
    } catch let error as IMAPError where error.kind == .refused || error.kind == .mailbox {
      return fail("folder       \(folder) cannot be opened: \(error.explanation)")
    }
    let rights = try? session.rights(on: name)
    found(
      "folder",
      "\(session.shown(name)): \(mailbox.exists) mails, UIDVALIDITY \(mailbox.uidValidity)"
        + (rights.flatMap { $0 }.map { ", your rights: \($0)" } ?? ""))
    if session.exists > 0 {
      found("search", "\(try session.allMails().count) mails found")
    }
    if account.after == .seen, let flags = mailbox.permanentFlags, !flags.contains("\\seen") {
      warn("rights", "mails in \(folder) cannot be marked as read for good")
    }
    if mailbox.isReadOnly, !account.onlyReads {
      warn("rights", "\(folder) can only be read: its mails are fetched and stay as they are")
    }
  }

  // MARK: What becomes of mails

  private func tellTargets(_ session: IMAPSession) throws {
    let actions = [("stored", account.after), ("rejected", account.rejected), ("no report", account.other)]
    for (which, action) in actions {
      switch action {
      case .keep: found(which, "mails stay as they are")
      case .seen: found(which, "mails are marked as read")
      case .delete: try tellDeletion(which, session)
      case .move(let folder):
        let target = try session.resolve(folder)
        found(
          which,
          "mails are moved to \(session.shown(target.name))\(target.exists ? "" : ", which will be made")\(way(session))"
        )
      }
    }
  }

  private func way(_ session: IMAPSession) -> String {
    if session.canMove { return "" }
    return session.canExpungeSome
      ? " (by copying: the server cannot move)"
      : " (by copying; the originals stay, marked as deleted\(account.expungesAll ? ", until they are expunged with all others so marked" : "")"
        + ")"
  }

  private func tellDeletion(_ which: String, _ session: IMAPSession) throws {
    if session.isGmail { return found(which, "mails are moved to Gmail's trash") }
    if session.canExpungeSome { return found(which, "mails are deleted") }
    if account.expungesAll {
      return warn(which, "mails are deleted, together with all others that are marked as deleted (expunge: all)")
    }
    warn(
      which,
      "mails are marked as deleted and stay: the server cannot take out single mails; see `expunge` in docs/imap.md")
  }
}
