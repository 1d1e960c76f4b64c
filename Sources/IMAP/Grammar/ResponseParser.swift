/// Reads what a server sends, piece by piece as it comes (RFC 9051 §9, RFC 3501 §9).
///
/// A mail's content is never held here: it is announced, handed on in parts, and its response follows at the end. Everything else is held
/// until its line is whole, within limits.
public struct ResponseParser: ~Copyable {
  /// What comes out.
  public enum Event {
    /// The content of a mail begins, of so many bytes.
    case literal(bytes: Int64)
    /// More of that content: where it is in the bytes given.
    case part(Range<Int>)
    /// A response is whole.
    case response(IMAPResponse)
  }

  private enum Mode {
    case line
    /// Bytes to come of a literal that belongs to the response.
    case holding(Int)
    /// Bytes to come of a mail's content.
    case streaming(Int64)
  }

  /// Bytes of one response that are held. Contents of mails, and the numbers in answers to SEARCH, are not.
  static let responseLimit = 1 << 20
  /// Bytes of a line that are looked at together.
  private static let step = 1 << 15

  private var mode = Mode.line
  private var tokens = ResponseTokens()
  /// Bytes looked through of the line at hand.
  private var isTokenising: Bool?

  /// A parser that has seen nothing.
  public init() {}

  /// The next thing in the bytes, from a position that moves on; nil where more bytes are needed.
  /// - Throws: ``ProtocolError``; nothing may be read after that.
  public mutating func next(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(ProtocolError) -> Event? {
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

  /// A line has come to its end: of the whole response, or before a literal.
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
      throw ProtocolError("it announced a text of \(literal) bytes where a short one belongs")
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
