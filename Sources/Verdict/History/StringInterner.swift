/// Assigns numbers to strings.
struct StringInterner {
  private var numbers = NumberTable()
  private(set) var texts: [String] = []

  mutating func number(of text: String) -> Int32 {
    let next = Int32(texts.count)
    let number = numbers.number(
      Self.hash(text), next: next, hash: { [texts] in Self.hash(texts[Int($0)]) },
      isEqual: { [texts] in texts[Int($0)] == text })
    if number == next { texts.append(text) }
    return number
  }

  subscript(_ text: String) -> Int32? {
    numbers.find(Self.hash(text)) { texts[Int($0)] == text }
  }

  private static func hash(_ text: String) -> UInt64 { UInt64(truncatingIfNeeded: text.hashValue) }
}
