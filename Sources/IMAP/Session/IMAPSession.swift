import NIOCore

/// An IMAP session: sends commands, several at a time if requested, and dispatches the responses.
///
/// For use by one thread. While it waits for the end of a command, it passes message content to ``onFetch`` and warnings
/// to ``onAlert``.
package final class IMAPSession {
  /// A part of a message that was fetched.
  package enum FetchEvent {
    /// Message content begins; it has this many bytes.
    case begin(bytes: Int64)
    /// The next bytes of the content.
    case bytes(UnsafeRawBufferPointer)
    /// The FETCH response whose content has just ended, or one without content.
    case end(FetchResponse)
  }

  let connection: IMAPConnection
  let deadline: Deadline
  /// Capabilities of the server, in upper case.
  var capabilities: Set<String> = []
  /// Number of messages in the selected mailbox.
  package internal(set) var exists: UInt32 = 0
  /// Number of messages expunged from the selected mailbox; each changes the sequence numbers of later messages.
  package private(set) var expunged = 0
  /// Whether the server has reported the number of messages since the mailbox was selected.
  var hasExists = false
  /// Whether new messages have arrived in the selected mailbox since this was last set to false.
  package var hasNewMessages = false
  /// Receives fetched messages.
  package var onFetch: ((FetchEvent) throws -> Void)?
  /// Receives messages that the server asks clients to show to the user (RFC 9051 §7.1, ALERT).
  package var onAlert: (String) -> Void = { _ in }
  var onData: ((IMAPResponse) throws -> Void)?
  /// Hides secrets in text from the server.
  var mask = SecretMask()
  /// Whether the login has succeeded. Before that, no text from the server is shown.
  var isLoggedIn = false
  var namespace: (prefix: String, separator: String?)?
  private var tagNumber = 0
  private var open: [String: String] = [:]
  private var finished: [String: StatusResponse] = [:]
  private var continuation: String?
  private var bye: StatusResponse?
  /// Number of responses since the last one that completed a command.
  private var responseCount = 0

  /// Maximum number of responses to one command, in addition to one for each message of the selected mailbox.
  private static let maxResponses = 300_000
  /// Maximum number of messages for which additional responses are allowed.
  private static let maxMessages: UInt32 = 5_000_000

  init(_ connection: IMAPConnection, _ deadline: Deadline) {
    self.connection = connection
    self.deadline = deadline
  }

  /// How the connection is encrypted; nil if it is not.
  package var tls: TLSFacts? { connection.tls }

  func can(_ capability: String) -> Bool { capabilities.contains(capability) }

  // MARK: Commands

  /// Sends a command and waits for its result.
  /// - Throws: ``IMAPError``, also if the server refuses the command.
  @discardableResult
  func run(_ command: IMAPCommand, onData: ((IMAPResponse) throws -> Void)? = nil) throws -> StatusResponse {
    let outer = self.onData
    if let onData { self.onData = onData }
    defer { self.onData = outer }
    return try result(of: try submit(command))
  }

  /// The tag of the next command.
  var nextTag: String { "d\(tagNumber + 1)" }

  /// Sends a command without waiting for its result.
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
        // RFC 7888: such a server accepts literals without a continuation.
        let isSynchronizing = !(can("LITERAL+") || can("LITERAL-") && bytes.count <= 4_096)
        text += "{\(bytes.count)\(isSynchronizing ? "" : "+")}\r\n".utf8
        if isSynchronizing {
          connection.send(text)
          text = []
          // If the server has refused the command, it would read the rest, which may be a secret, as another command.
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

  /// Waits for the result of a command.
  /// - Throws: ``IMAPError``, also if the server refuses the command.
  @discardableResult
  func result(of tag: String) throws -> StatusResponse {
    let name = open[tag] ?? "the command"
    let status = try anyResult(of: tag)
    guard status.condition == .ok else { throw IMAPError(refusing: name, status) }
    return status
  }

  /// Waits for the result of a command, which may be a refusal.
  func anyResult(of tag: String) throws -> StatusResponse {
    while true {
      if let status = finished.removeValue(forKey: tag) {
        open.removeValue(forKey: tag)
        return status
      }
      try pump()
    }
  }

  /// Whether a submitted command is complete.
  func isFinished(_ tag: String) -> Bool { finished[tag] != nil }

  /// Waits for a continuation request.
  /// - Returns: its text; nil if the command has completed instead.
  func awaitContinuation(of tag: String) throws -> String? {
    continuation = nil
    while continuation == nil, finished[tag] == nil { try pump() }
    return continuation
  }

  // MARK: Responses

  /// Waits for the next event from the server and handles it.
  func pump() throws {
    do {
      try handle(try connection.next())
    } catch let error as IMAPError where error.kind == .disconnected {
      throw bye.map(IMAPError.init(farewell:)) ?? error
    } catch let error as IMAPError where error.kind == .protocol {
      throw error.masked(by: mask)
    }
  }

  /// Text from the server, such as a name, in the form in which it may be shown.
  package func shown(_ text: String) -> String { mask.masked(text) }

  /// A status with ``StatusResponse/shown`` set.
  private func masked(_ status: StatusResponse) -> StatusResponse {
    var status = status
    status.shown = isLoggedIn ? IMAPError.shortened(mask.masked(status.text)) : ""
    return status
  }

  /// Handles the next event if one arrives within a time; false if none does.
  func pump(within seconds: Double) throws -> Bool {
    do {
      guard let event = try connection.next(within: seconds) else { return false }
      try handle(event)
      return true
    } catch let error as IMAPError where error.kind == .disconnected {
      throw bye.map(IMAPError.init(farewell:)) ?? error
    }
  }

  private func handle(_ event: ResponseBuffer.Event) throws {
    switch event {
    case .secured: break
    case .literal(let bytes): try onFetch?(.begin(bytes: bytes))
    case .part(let buffer): try buffer.withUnsafeReadableBytes { try onFetch?(.bytes($0)) }
    case .response(let response): try handle(response)
    }
  }

  private func handle(_ response: IMAPResponse) throws {
    responseCount += 1
    guard responseCount < Self.maxResponses + Int(min(exists, Self.maxMessages)) else {
      throw IMAPError(.protocol, .endlessResponses)
    }
    switch response {
    case .tagged(let tag, let status):
      let status = masked(status)
      responseCount = 0
      guard open[tag] != nil, finished[tag] == nil else {
        throw IMAPError(.protocol, .unknownTag)
      }
      note(status)
      finished[tag] = status
    case .untagged(let status):
      let status = masked(status)
      note(status)
      if status.condition == .bye { bye = status }
      try onData?(.untagged(status))
    case .id(let pairs): try onData?(.id(pairs.mapValues { IMAPError.shortened(shown($0)) }))
    case .rights(let letters): try onData?(.rights(shown(letters)))
    case .continuation(let text): continuation = text
    case .capability(let names): capabilities = Set(names)
    case .exists(let number):
      hasNewMessages = hasNewMessages || number > exists
      exists = number
      hasExists = true
    case .expunge:
      exists -= exists > 0 ? 1 : 0
      expunged &+= 1
    case .fetch(let fetch):
      try onFetch?(.end(fetch))
      try onData?(response)
    default: try onData?(response)
    }
  }

  private func note(_ status: StatusResponse) {
    switch status.code {
    case "CAPABILITY":
      capabilities = Set(status.codeText.split(separator: " ").map { $0.uppercased() })
    case "ALERT": onAlert(status.shown.isEmpty ? "an alert (its text is not shown)" : status.shown)
    default: break
    }
  }
}
