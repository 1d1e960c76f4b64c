import Foundation

/// Host names in ASCII, as used in DNS and in certificates (RFC 5890: A-labels).
enum ASCIIHost {
  /// The name with each non-ASCII label converted to an A-label.
  static func name(_ host: String) -> String {
    guard !host.allSatisfy(\.isASCII) else { return host }
    let dots: Set<Character> = [".", "\u{3002}", "\u{ff0e}", "\u{ff61}"]
    return host.precomposedStringWithCompatibilityMapping.lowercased()
      .split(omittingEmptySubsequences: false) { dots.contains($0) }
      .map { $0.allSatisfy(\.isASCII) ? String($0) : "xn--" + punycode(Array($0.unicodeScalars.map(\.value))) }
      .joined(separator: ".")
  }

  /// The encoding procedure of RFC 3492 section 6.3.
  private static func punycode(_ scalars: [UInt32]) -> String {
    var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
    let basic = output.count
    var handled = basic
    if basic > 0 { output.append(UInt8(ascii: "-")) }
    var (next, delta, bias): (Int, Int, Int) = (0x80, 0, 72)
    // A host name has at most 253 bytes. Longer input is truncated: it is invalid in any case.
    let scalars = scalars.prefix(253).map { Int($0) }
    while handled < scalars.count, let smallest = scalars.filter({ $0 >= next }).min() {
      delta += (smallest - next) * (handled + 1)
      next = smallest
      for scalar in scalars {
        if scalar < next { delta += 1 }
        guard scalar == next else { continue }
        output += digits(delta, bias)
        bias = adapted(delta, handled + 1, isFirst: handled == basic)
        delta = 0
        handled += 1
      }
      delta += 1
      next += 1
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func digits(_ delta: Int, _ bias: Int) -> [UInt8] {
    var digits: [UInt8] = []
    var (rest, place) = (delta, 36)
    while true {
      let threshold = min(max(place - bias, 1), 26)
      guard rest >= threshold else { break }
      digits.append(digit(threshold + (rest - threshold) % (36 - threshold)))
      rest = (rest - threshold) / (36 - threshold)
      place += 36
    }
    return digits + [digit(rest)]
  }

  private static func digit(_ value: Int) -> UInt8 {
    value < 26 ? UInt8(ascii: "a") + UInt8(value) : UInt8(ascii: "0") + UInt8(value - 26)
  }

  private static func adapted(_ delta: Int, _ points: Int, isFirst: Bool) -> Int {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / points
    var bias = 0
    while delta > 455 {
      delta /= 35
      bias += 36
    }
    return bias + 36 * delta / (delta + 38)
  }
}
