/// The tokens of one response, as ranges of its bytes. Lists are not nested values, so that deep nesting needs no
/// stack.
struct ResponseTokens {
  enum Kind {
    case open, close, atom, quoted, held
    /// Message content, which is not buffered.
    case streamed
  }

  struct Token {
    var kind: Kind
    var range: Range<Int>
  }

  private(set) var bytes: [UInt8] = []
  private(set) var tokens: [Token] = []
  /// Numbers of a long SEARCH response that were removed from its bytes before its end.
  private(set) var folded: [ClosedRange<UInt32>] = []
  private var depth = 0
  /// Start of the current line; literals divide a response into lines.
  private var lineStart = 0

  private static let depthLimit = 32
  /// Maximum number of tokens; enough for the numbers of a SEARCH response.
  private static let tokenLimit = 200_000
  /// Maximum number of ranges in one SEARCH response: 32 MB.
  private static let foldedLimit = 4_000_000

  var size: Int { bytes.count }

  mutating func removeAll() {
    // Long responses are rare: do not keep their memory for the next one.
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 14)
    tokens.removeAll(keepingCapacity: tokens.capacity <= 1 << 10)
    folded = []
    depth = 0
    lineStart = 0
  }

  // MARK: Long lists of numbers

  /// Removes the complete numbers from an unfinished SEARCH or ESEARCH response and stores them as ranges, so that a
  /// long response needs no more memory than these. Does nothing for other responses.
  mutating func foldNumbers() throws(ProtocolError) {
    guard tokens.isEmpty, let (start, separator) = listOfNumbers(),
      let end = bytes[start...].lastIndex(of: separator), end > start
    else { return }
    for item in bytes[start..<end].split(separator: separator) {
      guard let range = UIDSet.range(item) else { throw ProtocolError("it sent a malformed SEARCH response") }
      if let last = folded.last, range.lowerBound >= last.lowerBound,
        UInt64(range.lowerBound) <= UInt64(last.upperBound) + 1
      {
        folded[folded.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        folded.append(range)
      }
    }
    guard folded.count <= Self.foldedLimit else { throw ProtocolError("it sent a response with too many numbers") }
    bytes.removeSubrange(start...end)
  }

  /// The start of a list of numbers that extends to the end of the buffered bytes, and the separator between the
  /// numbers.
  private func listOfNumbers() -> (start: Int, separator: UInt8)? {
    func begins(_ word: String, at index: Int) -> Bool {
      index + word.utf8.count <= bytes.count && zip(bytes[index...], word.utf8).allSatisfy { $0 & 0xdf == $1 & 0xdf }
    }
    if begins("* SEARCH ", at: 0) {
      let isPlain = bytes[9...].allSatisfy { $0 == 0x20 || (0x30...0x39).contains($0) }
      return isPlain ? (9, 0x20) : nil
    }
    guard begins("* ESEARCH ", at: 0), let start = (9..<min(512, bytes.count)).first(where: { begins(" ALL ", at: $0) })
    else { return nil }
    let isPlain = bytes[(start + 5)...].allSatisfy { $0 == 0x2c || (0x30...0x3a).contains($0) }
    return isPlain ? (start + 5, 0x2c) : nil
  }

  // MARK: Bytes

  mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

  mutating func hold(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
    lineStart = bytes.count
  }

  /// Removes the CRLF.
  mutating func trimLineEnd() throws(ProtocolError) {
    guard bytes.count >= lineStart + 2, bytes[bytes.count - 2] == 0x0d else {
      throw ProtocolError("it sent a line that does not end with CRLF")
    }
    bytes.removeLast(2)
    guard !bytes[lineStart...].contains(where: { $0 == 0 || $0 == 0x0d || $0 == 0x0a }) else {
      throw ProtocolError("it sent a line that contains NUL or a bare CR")
    }
  }

  mutating func addHeld(_ length: Int) {
    tokens.append(Token(kind: .held, range: bytes.count..<bytes.count + length))
    lineStart = bytes.count
  }

  mutating func addStreamed() {
    tokens.append(Token(kind: .streamed, range: bytes.count..<bytes.count))
    lineStart = bytes.count
  }

  // MARK: Kinds of response

  /// Whether the response consists of tokens. Continuations and status responses have free text, in which brackets and
  /// braces mean nothing.
  var isData: Bool {
    guard bytes.starts(with: [0x2a, 0x20]) else { return false }
    let word = bytes[2...].prefix { $0 != 0x20 }
    return !(word.count <= 7 && Self.condition(word) != nil)
  }

  static func condition(_ word: some Sequence<UInt8>) -> StatusResponse.Condition? {
    StatusResponse.Condition(rawValue: String(decoding: Array(word), as: UTF8.self).lowercased())
  }

  /// Whether the literal that the last line announces is the content of a message.
  var announcesContent: Bool {
    guard depth == 1, tokens.count >= 4, tokens[1].kind == .atom, isWord(tokens[1], "FETCH"), let last = tokens.last
    else { return false }
    return last.kind == .atom && isContentName(last)
  }

  func isContentName(_ token: Token) -> Bool {
    let name = text(token).uppercased()
    return name == "BODY[]" || name.hasPrefix("BODY[]<")
  }

  // MARK: Tokens

  /// Splits the current line into tokens.
  /// - Returns: the length of the literal announced at the end of the line, if any.
  mutating func tokenise() throws(ProtocolError) -> Int64? {
    var index = tokens.isEmpty ? 2 : lineStart
    let end = bytes.count
    while index < end {
      guard tokens.count < Self.tokenLimit else { throw ProtocolError("it sent a response with too many tokens") }
      switch bytes[index] {
      case 0x20: index += 1
      case UInt8(ascii: "("):
        depth += 1
        guard depth <= Self.depthLimit else {
          throw ProtocolError("it sent lists nested more than \(Self.depthLimit) deep")
        }
        tokens.append(Token(kind: .open, range: index..<index + 1))
        index += 1
      case UInt8(ascii: ")"):
        depth -= 1
        guard depth >= 0 else { throw ProtocolError("it closed a list that was not open") }
        tokens.append(Token(kind: .close, range: index..<index + 1))
        index += 1
      case UInt8(ascii: "\""): index = try quoted(from: index)
      case UInt8(ascii: "{"), UInt8(ascii: "~"):
        if let length = try literal(at: index) {
          bytes.removeLast(end - index)
          lineStart = bytes.count
          return length
        }
        index = atom(from: index)
      default: index = atom(from: index)
      }
    }
    guard depth == 0 else { throw ProtocolError("it did not close a list") }
    return nil
  }

  private mutating func quoted(from start: Int) throws(ProtocolError) -> Int {
    var index = start + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < bytes.count else { throw ProtocolError("it did not close a quoted string") }
    tokens.append(Token(kind: .quoted, range: start + 1..<index))
    return index + 1
  }

  /// Reads an atom. `BODY[HEADER.FIELDS (DATE FROM)]<0>` is one token: spaces within brackets do not end it.
  private mutating func atom(from start: Int) -> Int {
    var index = start
    var isInBrackets = false
    while index < bytes.count {
      let byte = bytes[index]
      if !isInBrackets, [0x20, 0x28, 0x29, 0x22].contains(byte) { break }
      if byte == UInt8(ascii: "[") { isInBrackets = true }
      if byte == UInt8(ascii: "]") { isInBrackets = false }
      index += 1
    }
    tokens.append(Token(kind: .atom, range: start..<index))
    return index
  }

  /// `{123}`, `{123+}` or `~{123}` at the end of the line (RFC 9051 §9 `literal`, `literal8`).
  private func literal(at start: Int) throws(ProtocolError) -> Int64? {
    var text = bytes[start...]
    if text.first == UInt8(ascii: "~") { text = text.dropFirst() }
    guard text.first == UInt8(ascii: "{"), text.last == UInt8(ascii: "}") else { return nil }
    var digits = text.dropFirst().dropLast()
    if digits.last == UInt8(ascii: "+") { digits = digits.dropLast() }
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard digits.count <= 18, let length = Int64(String(decoding: digits, as: UTF8.self)), length <= UInt32.max else {
      throw ProtocolError("it announced a literal of more than 4 GiB")
    }
    return length
  }

  // MARK: Values

  func isWord(_ token: Token, _ word: String) -> Bool {
    token.kind == .atom && text(token).uppercased() == word
  }

  /// The bytes of a token, with the escapes of quoted strings removed.
  func value(_ token: Token) -> [UInt8] {
    let raw = bytes[token.range]
    guard token.kind == .quoted, raw.contains(UInt8(ascii: "\\")) else { return Array(raw) }
    var value: [UInt8] = []
    var isEscaped = false
    for byte in raw {
      if byte == UInt8(ascii: "\\"), !isEscaped {
        isEscaped = true
      } else {
        value.append(byte)
        isEscaped = false
      }
    }
    return value
  }

  func text(_ token: Token) -> String { String(decoding: value(token), as: UTF8.self) }

  func number(_ token: Token) -> Int64? {
    guard token.kind == .atom, token.range.count <= 18, bytes[token.range].allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int64(text(token))
  }
}
