/// Cleaning up messages: marking, moving, copying and deleting them; and ending the session.
extension IMAPSession {
  /// Marks messages as read.
  /// - Throws: ``IMAPError``.
  package func markSeen(_ uids: UIDSet) throws { try run(IMAPCommand("UID STORE \(uids) +FLAGS.SILENT (\\Seen)")) }

  /// Whether the server supports MOVE (RFC 6851).
  package var canMove: Bool { can("MOVE") || can("IMAP4REV2") }

  /// Whether the server can expunge single messages (UIDPLUS, RFC 4315).
  package var canExpungeSome: Bool { can("UIDPLUS") || can("IMAP4REV2") }

  /// Whether this is Gmail, where mailboxes are labels of a message.
  package var isGmail: Bool { can("X-GM-EXT-1") }

  /// Moves messages with one command. Messages that no longer exist are not an error.
  /// - Throws: ``IMAPError``.
  package func move(_ uids: UIDSet, to mailbox: String) throws {
    try run(IMAPCommand("UID MOVE \(uids)").adding(mailbox: mailbox))
  }

  /// Copies messages, all or none.
  /// - Throws: ``IMAPError``.
  package func copy(_ uids: UIDSet, to mailbox: String) throws {
    try run(IMAPCommand("UID COPY \(uids)").adding(mailbox: mailbox))
  }

  /// Marks messages as deleted and expunges them. If the server cannot expunge single messages, they stay marked,
  /// unless `expungingAll` allows expunging every message that is marked.
  /// - Throws: ``IMAPError``.
  package func delete(_ uids: UIDSet, expungingAll: Bool) throws {
    try run(IMAPCommand("UID STORE \(uids) +FLAGS.SILENT (\\Deleted)"))
    if canExpungeSome {
      try run(IMAPCommand("UID EXPUNGE \(uids)"))
    } else if expungingAll {
      try run(IMAPCommand("EXPUNGE"))
    }
  }

  /// UIDVALIDITY and UIDNEXT of a mailbox other than the selected one; nil if the server does not report them.
  /// - Throws: ``IMAPError``.
  package func end(of mailbox: String) throws -> (uidValidity: UInt32, uidNext: UInt32)? {
    var end: (uidValidity: UInt32, uidNext: UInt32)?
    try run(IMAPCommand("STATUS").adding(mailbox: mailbox).adding(words: "(UIDVALIDITY UIDNEXT)")) { response in
      guard case .status(_, let numbers) = response else { return }
      if let validity = numbers["UIDVALIDITY"], let next = numbers["UIDNEXT"] { end = (validity, next) }
    }
    return end
  }

  /// Logs out and closes the connection, even if the server does not answer within two seconds.
  package func logOut() {
    defer { connection.close() }
    guard let tag = try? submit(IMAPCommand("LOGOUT")) else { return }
    for _ in 0..<8 where !isFinished(tag) {
      guard (try? pump(within: 0.25)) != nil else { return }
    }
  }
}
