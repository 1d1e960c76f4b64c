/// A word of a zone file line, with quotes and escapes resolved (RFC 1035 §5.1).
struct ZoneFileWord {
  /// The octets as text; octets that are not UTF-8 are replaced.
  let text: String
  /// The word as a domain name. A dot within a label and a backslash stay escaped, as in ``DNSMessage``.
  let name: String

  struct SyntaxError: Error {
    let cause: String
  }

  private init(_ bytes: [UInt8], name: [UInt8]) {
    text = String(decoding: bytes, as: UTF8.self)
    self.name = String(decoding: name, as: UTF8.self)
  }

  /// The words of a line, without its comment.
  /// - Parameter depth: the number of open parentheses, which let a record continue on the next line.
  static func words(of line: Substring.UTF8View, depth: inout Int) throws(SyntaxError) -> [ZoneFileWord] {
    var words: [ZoneFileWord] = []
    var (text, name): ([UInt8], [UInt8]) = ([], [])
    var (isQuoted, isOpen) = (false, false)
    func end() {
      words.append(ZoneFileWord(text, name: name))
      (text, name, isOpen) = ([], [], false)
    }
    var rest = line[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\\"):
        let octet = try escaped(&rest)
        text.append(octet)
        name += octet == UInt8(ascii: ".") || octet == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), octet] : [octet]
        isOpen = true
      case UInt8(ascii: "\""):
        if isQuoted || isOpen { end() }
        isQuoted.toggle()
      case UInt8(ascii: ";") where !isQuoted: rest = rest[rest.endIndex...]
      case UInt8(ascii: "(") where !isQuoted, UInt8(ascii: ")") where !isQuoted:
        if isOpen { end() }
        depth += byte == UInt8(ascii: "(") ? 1 : -1
        if depth < 0 { throw SyntaxError(cause: "a parenthesis is closed that was not opened") }
      case _ where !isQuoted && isBlank(byte):
        if isOpen { end() }
      default:
        text.append(byte)
        name.append(byte)
        isOpen = true
      }
    }
    if isQuoted { throw SyntaxError(cause: "a string is not terminated") }
    if isOpen { end() }
    return words
  }

  /// The octet of an escape: `\DDD` is the octet with that number, `\X` any other character.
  private static func escaped(_ rest: inout Substring.UTF8View.SubSequence) throws(SyntaxError) -> UInt8 {
    guard let first = rest.popFirst() else { throw SyntaxError(cause: "nothing follows a backslash") }
    guard isDigit(first) else { return first }
    let digits = [first] + rest.prefix(2)
    guard digits.count == 3, digits.allSatisfy(isDigit), let octet = UInt8(String(decoding: digits, as: UTF8.self))
    else { throw SyntaxError(cause: "\\DDD takes three digits, 000 to 255") }
    rest = rest.dropFirst(2)
    return octet
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
