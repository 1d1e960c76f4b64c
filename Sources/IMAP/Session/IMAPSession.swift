import NIOCore

/// A conversation with a server: commands go out, several at a time if wanted; what comes back is sorted.
///
/// For one thread. Whatever is awaited, everything that comes meanwhile goes where it belongs: contents of mails to ``onMail``, warnings
/// to ``onAlert``.
public final class IMAPSession {
  /// Something of a mail that was asked for.
  public enum FetchEvent {
    /// A content of so many bytes begins.
    case begin(bytes: Int64)
    /// More of it.
    case bytes(UnsafeRawBufferPointer)
    /// What is known of the mail whose content has just ended, or of one without content.
    case end(FetchResponse)
  }

  let connection: IMAPConnection
  let clock: Deadline
  /// What the server can do, in upper case.
  var capabilities: Set<String> = []
  /// Mails in the mailbox at hand.
  public internal(set) var exists: UInt32 = 0
  /// Messages that have left the mailbox at hand, since when the others have smaller sequence numbers.
  public private(set) var expunged = 0
  /// Whether the server has said how many there are since the mailbox was opened.
  var hasExists = false
  /// More mails have come into the mailbox at hand since this was last set to false.
  public var hasNews = false
  /// Hears of mails that were asked for.
  public var onMail: ((FetchEvent) throws -> Void)?
  /// Hears of what the server wants a person to read (RFC 9051 §7.1, ALERT).
  public var onAlert: (String) -> Void = { _ in }
  var onData: ((IMAPResponse) throws -> Void)?
  /// Finds secrets in the server's texts.
  var mask = SecretMask()
  /// Whether the login is over. Before that, nothing that the server says in its own words is shown.
  var isLoggedIn = false
  var namespace: (prefix: String, separator: String?)?
  private var tagNumber = 0
  private var open: [String: String] = [:]
  private var finished: [String: StatusResponse] = [:]
  private var continuation: String?
  private var farewell: StatusResponse?
  /// Responses since the last one that ended a command.
  private var chatter = 0

  /// Responses to one command, besides one for each mail of the mailbox at hand.
  private static let mostChatter = 300_000
  /// Mails of a mailbox at most for which responses are expected.
  private static let mostMails: UInt32 = 5_000_000

  init(_ connection: IMAPConnection, _ clock: Deadline) {
    self.connection = connection
    self.clock = clock
  }

  /// How the connection is encrypted; nil where it is not.
  public var tls: TLSFacts? { connection.tls }

  func can(_ capability: String) -> Bool { capabilities.contains(capability) }

  // MARK: Commands

  /// Sends a command and waits for its end.
  /// - Throws: ``IMAPError``, also where the server says no.
  @discardableResult
  func run(_ command: IMAPCommand, onData: ((IMAPResponse) throws -> Void)? = nil) throws -> StatusResponse {
    let outer = self.onData
    if let onData { self.onData = onData }
    defer { self.onData = outer }
    return try result(of: try submit(command))
  }

  /// The tag that the next command will have.
  var nextTag: String { "d\(tagNumber + 1)" }

  /// Sends a command; others may be under way.
  /// - Returns: its tag.
  func submit(_ command: IMAPCommand) throws -> String {
    let tag = nextTag
    tagNumber += 1
    open[tag] = command.name
    var text = Array("\(tag) ".utf8)
    for part in command.parts {
      switch part {
      case .text(let more): text += more.utf8
      case .literal(let bytes):
        // RFC 7888: such a server does not want to be asked first.
        let isAsked = !(can("LITERAL+") || can("LITERAL-") && bytes.count <= 4_096)
        text += "{\(bytes.count)\(isAsked ? "" : "+")}\r\n".utf8
        if isAsked {
          connection.send(text)
          text = []
          // Where the server has refused already, the rest would be taken for another command, and may be a secret.
          guard try awaitContinuation(of: tag) != nil else { return tag }
        }
        text += bytes
      }
    }
    connection.send(text + [0x0d, 0x0a])
    return tag
  }

  /// Sends a line that continues a command.
  func sendLine(_ text: String) { connection.send(Array("\(text)\r\n".utf8)) }

  /// Waits for the end of a command.
  /// - Throws: ``IMAPError``, also where the server says no.
  @discardableResult
  func result(of tag: String) throws -> StatusResponse {
    let name = open[tag] ?? "the command"
    let status = try anyResult(of: tag)
    guard status.condition == .ok else { throw IMAPError(refusing: name, status) }
    return status
  }

  /// Waits for the end of a command, whatever it is.
  func anyResult(of tag: String) throws -> StatusResponse {
    while true {
      if let status = finished.removeValue(forKey: tag) {
        open.removeValue(forKey: tag)
        return status
      }
      try pump()
    }
  }

  /// Whether a command that was submitted has ended.
  func isFinished(_ tag: String) -> Bool { finished[tag] != nil }

  /// Waits until the server asks for more of a command.
  /// - Returns: its text; nil where the command has ended instead.
  func awaitContinuation(of tag: String) throws -> String? {
    continuation = nil
    while continuation == nil, finished[tag] == nil { try pump() }
    return continuation
  }

  // MARK: What comes

  /// Takes the next thing that the server says.
  func pump() throws {
    do {
      try take(try connection.next())
    } catch let error as IMAPError where error.kind == .disconnected {
      throw farewell.map(IMAPError.init(farewell:)) ?? error
    } catch let error as IMAPError where error.kind == .protocol {
      throw error.masked(by: mask)
    }
  }

  /// A name that the server gave, as it may be shown.
  public func shown(_ text: String) -> String { mask.masked(text) }

  /// A status with the text that may be shown of it.
  private func judged(_ status: StatusResponse) -> StatusResponse {
    var status = status
    status.shown = isLoggedIn ? IMAPError.shortened(mask.masked(status.text)) : ""
    return status
  }

  /// Takes what the server says within a time; false where it says nothing.
  func pump(within seconds: Double) throws -> Bool {
    do {
      guard let event = try connection.next(within: seconds) else { return false }
      try take(event)
      return true
    } catch let error as IMAPError where error.kind == .disconnected {
      throw farewell.map(IMAPError.init(farewell:)) ?? error
    }
  }

  private func take(_ event: ResponseBuffer.Event) throws {
    switch event {
    case .secured: break
    case .literal(let bytes): try onMail?(.begin(bytes: bytes))
    case .part(let buffer): try buffer.withUnsafeReadableBytes { try onMail?(.bytes($0)) }
    case .response(let response): try take(response)
    }
  }

  private func take(_ response: IMAPResponse) throws {
    chatter += 1
    guard chatter < Self.mostChatter + Int(min(exists, Self.mostMails)) else {
      throw IMAPError(.protocol, .endlessResponses)
    }
    switch response {
    case .tagged(let tag, let status):
      let status = judged(status)
      chatter = 0
      guard open[tag] != nil, finished[tag] == nil else {
        throw IMAPError(.protocol, .unknownTag)
      }
      note(status)
      finished[tag] = status
    case .untagged(let status):
      let status = judged(status)
      note(status)
      if status.condition == .bye { farewell = status }
      try onData?(.untagged(status))
    case .id(let pairs): try onData?(.id(pairs.mapValues { IMAPError.shortened(shown($0)) }))
    case .rights(let letters): try onData?(.rights(shown(letters)))
    case .continuation(let text): continuation = text
    case .capability(let names): capabilities = Set(names)
    case .exists(let number):
      hasNews = hasNews || number > exists
      exists = number
      hasExists = true
    case .expunge:
      exists -= exists > 0 ? 1 : 0
      expunged &+= 1
    case .fetch(let fetch):
      try onMail?(.end(fetch))
      try onData?(response)
    default: try onData?(response)
    }
  }

  private func note(_ status: StatusResponse) {
    switch status.code {
    case "CAPABILITY":
      capabilities = Set(status.codeText.split(separator: " ").map { $0.uppercased() })
    case "ALERT": onAlert(status.shown.isEmpty ? "an alert, whose text is not shown" : status.shown)
    default: break
    }
  }
}
