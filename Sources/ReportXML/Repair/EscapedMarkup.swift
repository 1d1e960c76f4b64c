/// Unescapes a report whose whole markup was escaped, as web pages show it: `&lt;feedback&gt;` becomes `<feedback>`.
struct EscapedMarkup {
  /// Decoded text that has not been examined yet.
  var input: [UInt8] = []
  /// Whether escapes are markup; nil until that is known.
  private(set) var areMarkup: Bool?

  private static let prefixLength = 64 << 10
  private static let references: [(escaped: [UInt8], byte: UInt8)] = [
    ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"),
    ("&#62;", ">"), ("&#x3c;", "<"), ("&#x3e;", ">"), ("&nbsp;", " "), ("&amp;", "&"),
  ].map { (Array($0.0.utf8), UInt8(ascii: $0.1 as Unicode.Scalar)) }
  private static let longest = 6

  /// Moves the examined part to `text`.
  mutating func take(isLast: Bool, into text: inout [UInt8]) {
    if areMarkup == nil {
      guard isLast || input.count >= Self.prefixLength else { return }
      let start = ByteText.lowered(Array(input.prefix(Self.prefixLength)))
      let isPlain = ByteText.contains("<feedback", ":feedback", in: start)
      let isEscaped = ByteText.contains("&lt;feedback", "&#60;feedback", "&#x3c;feedback", in: start)
      areMarkup = isEscaped && !isPlain
    }
    guard areMarkup == true else {
      text += input
      input.removeAll(keepingCapacity: true)
      return
    }
    var index = 0
    while index < input.count {
      guard input[index] == UInt8(ascii: "&") else {
        text.append(input[index])
        index += 1
        continue
      }
      if !isLast, input.count - index < Self.longest { break }
      let match = Self.references.first { input[index...].starts(with: $0.escaped) }
      text.append(match?.byte ?? UInt8(ascii: "&"))
      index += match?.escaped.count ?? 1
    }
    input.removeFirst(index)
  }
}
