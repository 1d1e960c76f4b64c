/// Assigns numbers to strings.
struct StringInterner {
  private var numbers: [String: Int32] = [:]
  private(set) var texts: [String] = []

  mutating func number(of text: String) -> Int32 {
    if let known = numbers[text] { return known }
    let number = Int32(texts.count)
    numbers[text] = number
    texts.append(text)
    return number
  }

  subscript(_ text: String) -> Int32? { numbers[text] }
}
