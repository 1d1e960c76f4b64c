/// A response of the server (RFC 9051 §7), or its form in RFC 3501 if that differs.
package enum IMAPResponse: Sendable {
  /// `+`: the server is ready for the rest of a command.
  case continuation(text: String)
  /// The completion of a command: its tag and result.
  case tagged(String, StatusResponse)
  /// A status without a tag: unsolicited, or a warning about a command.
  case untagged(StatusResponse)
  case capability([String])
  case exists(UInt32)
  case expunge(UInt32)
  case fetch(FetchResponse)
  case search(UIDSet)
  /// ESEARCH (RFC 4731): the UIDs found, and the tag of the command that it answers.
  case extendedSearch(tag: String?, all: UIDSet)
  case list(MailboxListing)
  /// The prefix of personal mailboxes, and the hierarchy separator in their names.
  case namespace(prefix: String, separator: String?)
  /// ID: name and version of the server, and other fields (RFC 2971).
  case id([String: String])
  /// MYRIGHTS: the rights of the user on a mailbox (RFC 4314 §3.8).
  case rights(String)
  /// STATUS: UIDVALIDITY, UIDNEXT, MESSAGES and other requested items.
  case status(mailbox: String, [String: UInt32])
  /// A response that this client does not use.
  case other(name: String)
}

/// OK, NO, BAD, BYE or PREAUTH, with its code and text (RFC 9051 §7.1).
package struct StatusResponse: Sendable, Hashable {
  /// The status of a command or of the session.
  package enum Condition: String, Sendable, Hashable { case ok, no, bad, bye, preauth }

  /// The status.
  package var condition: Condition
  /// The name of the response code in upper case, without its arguments.
  package var code: String?
  /// The arguments of the response code.
  package var codeText: String
  /// The human-readable text as received. It may repeat secrets: only ``shown`` is printed.
  package var text: String
  /// The part of the text that may be printed; empty until the session has masked it.
  package var shown = ""

  /// The argument of a code such as `UIDVALIDITY 3857529045`.
  var codeNumber: UInt32? { UIDSet.number(codeText.utf8) }
}

/// The data of one message in a FETCH response (RFC 9051 §7.5.2).
package struct FetchResponse: Sendable {
  /// Message sequence number.
  package var number: UInt32
  /// Unique identifier.
  package var uid: UInt32?
  /// Size of the message in bytes, as reported by the server (RFC822.SIZE).
  package var size: Int64?
  /// When the server received the message (INTERNALDATE), epoch seconds.
  package var date: Int64?
  /// Content of the message.
  package var body = Body.missing
  /// Offset of the content in the message, in bytes, if the response contains only a part of it.
  package var origin: Int64?
  /// The requested header fields.
  package var header: [UInt8]?
  /// Whether the response violates the grammar of RFC 9051, so that its data must not be used.
  package var isMalformed = false

  /// Sizes above 1 TiB are ignored, as if the server had not reported one.
  static let largestSize: Int64 = 1 << 40

  /// How the content was sent.
  package enum Body: Sendable {
    /// Not in this response, or NIL.
    case missing
    /// Sent as ``ResponseParser/Event/part(_:)``.
    case streamed
    /// Short content that the server sent as a quoted string.
    case inline([UInt8])
  }
}

/// A mailbox in a LIST response.
package struct MailboxListing: Sendable, Hashable {
  /// Name in Unicode.
  package var name: String
  /// Hierarchy separator; nil if names are flat.
  package var separator: String?
  /// Attributes in lower case, such as `\noselect` or `\trash`.
  package var attributes: [String]

  /// Whether it can contain messages.
  package var isSelectable: Bool { !attributes.contains("\\noselect") && !attributes.contains("\\nonexistent") }
}

/// A violation of the IMAP protocol by the server, or by a host that answers in its place.
package struct ProtocolError: Error, Sendable, Hashable {
  /// Description of the violation, as the end of a sentence.
  package let message: String
  init(_ message: String) { self.message = message }
}
