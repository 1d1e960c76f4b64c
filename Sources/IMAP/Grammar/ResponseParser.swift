/// An incremental parser of the server's responses (RFC 9051 §9, RFC 3501 §9).
///
/// Message content is never buffered: it is announced, passed on in parts, and followed by its response. Everything
/// else is buffered up to a limit until the response is complete.
package struct ResponseParser: ~Copyable {
  /// The output of the parser.
  package enum Event {
    /// The content of a message begins; it has this many bytes.
    case literal(bytes: Int64)
    /// More of that content, as a range of the bytes given to ``next(_:_:)``.
    case part(Range<Int>)
    /// A complete response.
    case response(IMAPResponse)
  }

  private enum Mode {
    case line
    /// Remaining bytes of a literal that is buffered as part of the response.
    case holding(Int)
    /// Remaining bytes of a message's content.
    case streaming(Int64)
  }

  /// Maximum number of buffered bytes of one response, not counting message content and the numbers in a SEARCH
  /// response.
  static let responseLimit = 1 << 20
  /// Bytes of a line that are examined at once.
  private static let step = 1 << 15

  private var mode = Mode.line
  private var tokens = ResponseTokens()
  /// Whether the current response is data; nil until its first line is complete.
  private var isTokenising: Bool?

  /// A parser at the start of a connection.
  package init() {}

  /// The next event in the bytes from a position, which is advanced; nil if more bytes are needed.
  /// - Throws: ``ProtocolError``; the parser must not be used after that.
  package mutating func next(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(ProtocolError) -> Event? {
    while position < bytes.count {
      switch mode {
      case .streaming(let rest):
        let count = Int(min(rest, Int64(bytes.count - position)))
        let part = position..<position + count
        position += count
        mode = rest == Int64(count) ? .line : .streaming(rest - Int64(count))
        return .part(part)
      case .holding(let rest):
        let count = min(rest, bytes.count - position)
        tokens.hold(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
        position += count
        mode = rest == count ? .line : .holding(rest - count)
      case .line:
        if try takeLine(bytes, &position), let event = try endLine() { return event }
      }
    }
    return nil
  }

  // MARK: Lines

  private mutating func takeLine(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(ProtocolError) -> Bool {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[position...].prefix(Self.step))
    let end = rest.firstIndex(of: 0x0a)
    let count = end.map { $0 + 1 } ?? rest.count
    guard tokens.size + count <= Self.responseLimit else {
      throw ProtocolError("it sent a response of more than \(Self.responseLimit) bytes")
    }
    tokens.append(UnsafeRawBufferPointer(rebasing: rest[..<count]))
    position += count
    if end == nil, isTokenising == nil, tokens.size > 2 * Self.step { try tokens.foldNumbers() }
    return end != nil
  }

  /// Handles the end of a line, which ends the response or precedes a literal.
  private mutating func endLine() throws(ProtocolError) -> Event? {
    try tokens.trimLineEnd()
    let isData = isTokenising ?? tokens.isData
    isTokenising = isData
    guard isData else { return .response(try finish { (tokens) throws(ProtocolError) in try tokens.statusLine() }) }
    guard let literal = try tokens.tokenise() else {
      return .response(try finish { (tokens) throws(ProtocolError) in try tokens.response() })
    }
    if tokens.announcesContent {
      tokens.addStreamed()
      mode = literal > 0 ? .streaming(literal) : .line
      return .literal(bytes: literal)
    }
    guard Int64(tokens.size) + literal <= Int64(Self.responseLimit) else {
      throw ProtocolError("it announced a literal of \(literal) bytes in place of a short string")
    }
    tokens.addHeld(Int(literal))
    mode = literal > 0 ? .holding(Int(literal)) : .line
    return nil
  }

  private mutating func finish(_ read: (ResponseTokens) throws(ProtocolError) -> IMAPResponse) throws(ProtocolError)
    -> IMAPResponse
  {
    let response = try read(tokens)
    tokens.removeAll()
    isTokenising = nil
    return response
  }
}
