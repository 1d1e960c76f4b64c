/// How a header or a body is changed before it is hashed, so that small changes on the way do not matter (RFC 6376 §3.4).
enum Canonicalisation: String {
  case simple, relaxed

  /// The lines of a header field, as they are hashed.
  func field(_ lines: [UInt8]) -> [UInt8] {
    guard self == .relaxed, let colon = lines.firstIndex(of: UInt8(ascii: ":")) else { return lines }
    let name = lines[..<colon].filter { !Self.isBlank($0) }.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    var value: [UInt8] = []
    var isAfterBlank = false
    for byte in lines[(colon + 1)...] where byte != 0x0d && byte != 0x0a {
      if Self.isBlank(byte) {
        isAfterBlank = true
      } else {
        if isAfterBlank, !value.isEmpty { value.append(0x20) }
        value.append(byte)
        isAfterBlank = false
      }
    }
    return name + [UInt8(ascii: ":")] + value + Self.lineEnd
  }

  /// A body, as it is hashed. Its lines end with CRLF.
  func body(_ body: [UInt8]) -> [UInt8] {
    var result = self == .relaxed ? Self.withSingleBlanks(body) : body
    while result.suffix(4).elementsEqual(Self.lineEnd + Self.lineEnd) { result.removeLast(2) }
    if result.elementsEqual(Self.lineEnd) { result = [] }
    if result.isEmpty { return self == .relaxed ? [] : Self.lineEnd }
    return result.suffix(2).elementsEqual(Self.lineEnd) ? result : result + Self.lineEnd
  }

  private static let lineEnd: [UInt8] = [0x0d, 0x0a]

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// Replaces each run of spaces and tabs with one space, and removes those at the end of a line.
  private static func withSingleBlanks(_ body: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(body.count)
    var isAfterBlank = false
    for (index, byte) in body.enumerated() {
      if isBlank(byte) {
        isAfterBlank = true
        continue
      }
      let endsLine = byte == 0x0d && index + 1 < body.count && body[index + 1] == 0x0a
      if isAfterBlank, !endsLine { result.append(0x20) }
      isAfterBlank = false
      result.append(byte)
    }
    return result
  }
}
