/// What a server says: one response of RFC 9051 §7, or one of RFC 3501 where that differs.
public enum IMAPResponse: Sendable {
  /// `+`: the server waits for the rest of a command.
  case continuation(text: String)
  /// The end of a command.
  case tagged(String, StatusResponse)
  /// News that belong to no command, or a warning about one.
  case untagged(StatusResponse)
  case capability([String])
  case exists(UInt32)
  case expunge(UInt32)
  case fetch(FetchResponse)
  case search(UIDSet)
  /// RFC 4731: the set found, and the tag of the command that asked.
  case extendedSearch(tag: String?, all: UIDSet)
  case list(MailboxListing)
  /// The prefix of personal mailboxes, and the separator in their names.
  case namespace(prefix: String, separator: String?)
  /// RFC 2971.
  case id([String: String])
  /// Rights that the user has on a mailbox (RFC 4314 §3.8).
  case rights(String)
  /// STATUS: UIDVALIDITY, UIDNEXT, MESSAGES and whatever else was asked for.
  case status(mailbox: String, [String: UInt32])
  /// Something that this client has not asked for and does not know.
  case other(name: String)
}

/// OK, NO, BAD, BYE or PREAUTH, with its code and text (RFC 9051 §7.1).
public struct StatusResponse: Sendable, Hashable {
  /// What the response says of a command, or of the session.
  public enum Condition: String, Sendable, Hashable { case ok, no, bad, bye, preauth }

  /// Which of the five it is.
  public var condition: Condition
  /// Name of the response code in upper case.
  public var code: String?
  /// What follows the name within the brackets.
  public var codeText: String
  /// Text for people, as it came. It may repeat secrets: only ``shown`` is printed.
  public var text: String
  /// As much of the text as may be printed; empty until the session has decided that.
  public var shown = ""

  /// The number of a code such as `UIDVALIDITY 3857529045`.
  var codeNumber: UInt32? { UIDSet.number(codeText.utf8) }
}

/// What is known of one mail (RFC 9051 §7.5.2).
public struct FetchResponse: Sendable {
  /// Message sequence number.
  public var number: UInt32
  /// Unique identifier.
  public var uid: UInt32?
  /// Bytes of the mail as the server counts them.
  public var size: Int64?
  /// When the server received it, epoch seconds.
  public var date: Int64?
  /// Content of the mail.
  public var body = Body.missing
  /// Where the content begins within the mail, if only a part of it came.
  public var origin: Int64?
  /// Header fields that were asked for.
  public var header: [UInt8]?
  /// Whether the response has a form that RFC 9051 does not allow, so that nothing in it counts.
  public var isMalformed = false

  /// Sizes above 1 TiB are not believed: the server has none to tell.
  static let largestSize: Int64 = 1 << 40

  /// How a content came.
  public enum Body: Sendable {
    /// Not in this response, or NIL.
    case missing
    /// It came as ``ResponseParser/Event/part(_:)``.
    case streamed
    /// A server may send a short one as a quoted string.
    case inline([UInt8])
  }
}

/// One line of LIST.
public struct MailboxListing: Sendable, Hashable {
  /// In Unicode.
  public var name: String
  /// Nil where names are flat.
  public var separator: String?
  /// In lower case, such as `\noselect` or `\trash`.
  public var attributes: [String]

  /// Whether mail can be in it.
  public var isSelectable: Bool { !attributes.contains("\\noselect") && !attributes.contains("\\nonexistent") }
}

/// The server does not speak IMAP as the standards have it, or somebody else answers in its place.
public struct ProtocolError: Error, Sendable, Hashable {
  /// What is wrong, for a person.
  public let message: String
  init(_ message: String) { self.message = message }
}
