extension IPAddress: LosslessStringConvertible {
  /// Parses dotted decimal, or the IPv6 forms of RFC 4291 §2.2 including `::` and embedded IPv4; nil for anything else.
  public init?(_ text: String) {
    var text = text
    guard let address = text.withUTF8({ IPAddress(utf8: $0) }) else { return nil }
    self = address
  }

  /// Parses an address from ASCII bytes; nil if they are not exactly one address.
  public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard (2...45).contains(bytes.count) else { return nil }
    if bytes.contains(UInt8(ascii: ":")) {
      guard let (high, low) = Self.parseV6(bytes) else { return nil }
      self.init(v6: high, low)
    } else {
      guard let bits = Self.parseV4(bytes) else { return nil }
      self.init(v4: bits)
    }
  }

  private static func parseV4(_ bytes: some Collection<UInt8>) -> UInt32? {
    var result: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var dots = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        // Leading zeros are rejected, because some programs read them as octal.
        if digits > 0, octet == 0 { return nil }
        octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
        digits += 1
        if octet > 255 { return nil }
      case UInt8(ascii: "."):
        guard digits > 0, dots < 3 else { return nil }
        result = result << 8 | octet
        octet = 0
        digits = 0
        dots += 1
      default: return nil
      }
    }
    guard dots == 3, digits > 0 else { return nil }
    return result << 8 | octet
  }

  private static func parseV6(_ bytes: some RandomAccessCollection<UInt8>) -> (UInt64, UInt64)? {
    var groups: [UInt16] = []
    var gap: Int?
    var rest = bytes[...]
    while let first = rest.first {
      if first == UInt8(ascii: ":") {
        let isDouble = rest.dropFirst().first == UInt8(ascii: ":")
        if isDouble {
          guard gap == nil else { return nil }
          gap = groups.count
          rest = rest.dropFirst(2)
          if rest.isEmpty { break }
        } else {
          guard !groups.isEmpty, gap != groups.count else { return nil }
          rest = rest.dropFirst()
          if rest.isEmpty { return nil }
        }
        if rest.first == UInt8(ascii: ":") { return nil }
      } else if !groups.isEmpty, gap != groups.count {
        return nil
      }
      let group = rest.prefix { $0 != UInt8(ascii: ":") }
      rest = rest[group.endIndex...]
      if group.contains(UInt8(ascii: ".")) {
        guard rest.isEmpty, let bits = parseV4(group) else { return nil }
        groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
      } else {
        guard let value = parseGroup(group) else { return nil }
        groups.append(value)
      }
      if groups.count > 8 { return nil }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    return (
      groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }, groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
    )
  }

  private static func parseGroup(_ bytes: some Collection<UInt8>) -> UInt16? {
    guard (1...4).contains(bytes.count) else { return nil }
    var value: UInt16 = 0
    for byte in bytes {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  /// The canonical text form: dotted decimal, or RFC 5952.
  public var description: String {
    guard isIPv6 else { return networkBytes.map { String($0) }.joined(separator: ".") }
    let groups = (0..<8).map { index in
      UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> (48 - 16 * UInt64(index % 4)))
    }
    guard let gap = Self.longestZeroRun(groups) else { return Self.hexGroups(groups[...]) }
    return Self.hexGroups(groups[..<gap.lowerBound]) + "::" + Self.hexGroups(groups[gap.upperBound...])
  }

  private static func hexGroups(_ groups: ArraySlice<UInt16>) -> String {
    groups.map { String($0, radix: 16) }.joined(separator: ":")
  }

  /// The first longest run of at least two zero groups (RFC 5952 §4.2).
  private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    while start < 8 {
      let end = groups[start...].firstIndex { $0 != 0 } ?? 8
      if end - start >= 2, end - start > (best?.count ?? 0) { best = start..<end }
      start = max(end, start) + 1
    }
    return best
  }
}
