/// What becomes of mails that are done with.
extension IMAPSession {
  /// Marks mails as read.
  /// - Throws: ``IMAPError``.
  public func markSeen(_ uids: UIDSet) throws { try run(IMAPCommand("UID STORE \(uids) +FLAGS.SILENT (\\Seen)")) }

  /// Whether mails can be moved by one command (RFC 6851).
  public var canMove: Bool { can("MOVE") || can("IMAP4REV2") }

  /// Whether single mails can be taken out of a mailbox (RFC 4315).
  public var canExpungeSome: Bool { can("UIDPLUS") || can("IMAP4REV2") }

  /// Whether this is Gmail, where a mail is in a mailbox by a label.
  public var isGmail: Bool { can("X-GM-EXT-1") }

  /// Moves mails by one command. Those that are gone already are no error.
  /// - Throws: ``IMAPError``.
  public func move(_ uids: UIDSet, to mailbox: String) throws {
    try run(IMAPCommand("UID MOVE \(uids)").adding(mailbox: mailbox))
  }

  /// Copies mails, all or none.
  /// - Throws: ``IMAPError``.
  public func copy(_ uids: UIDSet, to mailbox: String) throws {
    try run(IMAPCommand("UID COPY \(uids)").adding(mailbox: mailbox))
  }

  /// Marks mails as deleted and takes them out of the mailbox. Where single mails cannot be taken out, they stay marked, unless
  /// everything that is marked may go.
  /// - Throws: ``IMAPError``.
  public func delete(_ uids: UIDSet, expungingAll: Bool) throws {
    try run(IMAPCommand("UID STORE \(uids) +FLAGS.SILENT (\\Deleted)"))
    if canExpungeSome {
      try run(IMAPCommand("UID EXPUNGE \(uids)"))
    } else if expungingAll {
      try run(IMAPCommand("EXPUNGE"))
    }
  }

  /// Where the next mail of a mailbox will stand that is not the one at hand.
  /// - Throws: ``IMAPError``.
  public func end(of mailbox: String) throws -> (uidValidity: UInt32, uidNext: UInt32)? {
    var end: (uidValidity: UInt32, uidNext: UInt32)?
    try run(IMAPCommand("STATUS").adding(mailbox: mailbox).adding(words: "(UIDVALIDITY UIDNEXT)")) { response in
      guard case .status(_, let numbers) = response else { return }
      if let validity = numbers["UIDVALIDITY"], let next = numbers["UIDNEXT"] { end = (validity, next) }
    }
    return end
  }

  /// Ends the session in good order; a server that does not answer is not waited for long.
  public func logOut() {
    defer { connection.close() }
    guard let tag = try? submit(IMAPCommand("LOGOUT")) else { return }
    for _ in 0..<8 where !isFinished(tag) {
      guard (try? pump(within: 0.25)) != nil else { return }
    }
  }
}
