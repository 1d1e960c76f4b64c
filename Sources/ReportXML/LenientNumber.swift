import DMARC

/// An integer as reporters write it: `3`, but also `3.0`, ` +3 `, `1,234` or `1.234`.
enum LenientNumber {
  case clean(Int64)
  case odd(Int64)
  case none

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let value = Self.digits(bytes) {
      self = .clean(value)
      return
    }
    var text = bytes.string.filter { !",_'’ \u{a0}\u{202f}".contains($0) }
    if Self.hasDotsBetweenThousands(text) { text.removeAll { $0 == "." } }
    if let dot = text.firstIndex(of: ".") {
      guard text[dot...].dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else {
        self = .none
        return
      }
      text = String(text[..<dot])
    }
    self = Int64(text).map { .odd($0) } ?? .none
  }

  /// `1.234` means 1234, because there are no fractions of a message. `1.000` is ambiguous and read as 1.
  private static func hasDotsBetweenThousands(_ text: String) -> Bool {
    let groups = text.split(separator: ".", omittingEmptySubsequences: false)
    guard groups.count > 1, (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
      return false
    }
    return groups.count > 2 || groups[1] != "000"
  }

  @inline(__always)
  private static func digits(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard (1...18).contains(bytes.count) else { return nil }
    var value: Int64 = 0
    for byte in bytes {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    return value
  }
}
