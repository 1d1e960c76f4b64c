/// Encodes labels beyond ASCII (RFC 3492).
///
/// `IMAP` has its own encoder for server names. That module knows nothing of reports and imports none of the report modules, and a
/// few dozen duplicate lines cost less than that dependency.
enum Punycode {
  /// The encoded label without the prefix `xn--`; nil if a number would overflow, which no label of valid length causes.
  static func encode(_ label: Substring) -> String? {
    let scalars = label.unicodeScalars.map { Int($0.value) }
    guard scalars.count <= 63 else { return nil }
    var output = scalars.filter { $0 < 0x80 }
    let basic = output.count
    var (code, delta, bias, handled) = (0x80, 0, 72, basic)
    if basic > 0 { output.append(0x2d) }
    while handled < scalars.count {
      guard let next = scalars.filter({ $0 >= code }).min() else { return nil }
      delta += (next - code) * (handled + 1)
      code = next
      for scalar in scalars {
        if scalar < code { delta += 1 }
        guard scalar == code else { continue }
        output += digits(delta, bias)
        bias = adapted(delta, handled + 1, isFirst: handled == basic)
        delta = 0
        handled += 1
      }
      delta += 1
      code += 1
    }
    return String(decoding: output.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  private static func digits(_ delta: Int, _ bias: Int) -> [Int] {
    var (rest, threshold, result) = (delta, 36, [Int]())
    while true {
      let limit = min(max(threshold - bias, 1), 26)
      guard rest >= limit else { return result + [digit(rest)] }
      result.append(digit(limit + (rest - limit) % (36 - limit)))
      rest = (rest - limit) / (36 - limit)
      threshold += 36
    }
  }

  private static func digit(_ value: Int) -> Int { value < 26 ? value + 0x61 : value - 26 + 0x30 }

  private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
    var (delta, bias) = (isFirst ? delta / 700 : delta / 2, 0)
    delta += delta / count
    while delta > 455 {
      delta /= 35
      bias += 36
    }
    return bias + 36 * delta / (delta + 38)
  }
}
