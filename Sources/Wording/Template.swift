/// A sentence with numbered placeholders, such as `{1}: there is no key {2}`.
struct Template: Sendable {
  /// The text between the placeholders, as UTF-8.
  private let pieces: [[UInt8]]
  /// The length of all pieces in bytes. If several templates match, the one with the most text is the most specific.
  let weight: Int

  /// - Parameter allNumbers: whether only numbers match, so that less text suffices.
  /// - Returns: nil if the text has no placeholders, or too little text beside them.
  init?(_ text: String, allNumbers: Bool = false) {
    var pieces: [[UInt8]] = [[]]
    var rest = text[...]
    while let place = Self.place(in: rest) {
      pieces[pieces.count - 1] += rest[..<place.range.lowerBound].utf8
      pieces.append([])
      rest = rest[place.range.upperBound...]
    }
    pieces[pieces.count - 1] += rest.utf8
    weight = pieces.reduce(0) { $0 + $1.count }
    let letters = pieces.joined().count { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    guard pieces.count > 1, letters >= (allNumbers ? 1 : 3) else { return nil }
    self.pieces = pieces
  }

  /// The values in a sentence; nil if it does not match.
  func values(in sentence: [UInt8]) -> [String]? {
    guard let first = pieces.first, let last = pieces.last, sentence.count >= weight, sentence.starts(with: first),
      sentence.suffix(last.count).elementsEqual(last)
    else { return nil }
    var values: [String] = []
    var at = first.count
    let end = sentence.count - last.count
    for piece in pieces.dropFirst().dropLast() {
      guard let found = Self.position(of: piece, in: sentence, at..<end) else { return nil }
      values.append(String(decoding: sentence[at..<found], as: UTF8.self))
      at = found + piece.count
    }
    guard at <= end else { return nil }
    return values + [String(decoding: sentence[at..<end], as: UTF8.self)]
  }

  private static func position(of piece: [UInt8], in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    guard range.count >= piece.count else { return nil }
    return (range.lowerBound...range.upperBound - piece.count).first { start in
      bytes[start..<start + piece.count].elementsEqual(piece)
    }
  }

  /// A placeholder: its number, and whether the value is itself a text of the catalogue, as in `{2*}`, or must be a
  /// number, as in `{1#}`.
  private struct Place {
    let number: Int
    let isText: Bool
    let isNumber: Bool
    let range: Range<String.Index>
  }

  private static func place(in text: Substring) -> Place? {
    var rest = text
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = rest[rest.index(after: open)..<close]
      let (isText, isNumber) = (name.last == "*", name.last == "#")
      if let number = Int(isText || isNumber ? name.dropLast() : name), (1...99).contains(number) {
        return Place(number: number, isText: isText, isNumber: isNumber, range: open..<rest.index(after: close))
      }
      rest = rest[rest.index(after: open)...]
    }
    return nil
  }

  /// The number of placeholders.
  static func places(in text: String) -> Int {
    var (count, rest) = (0, text[...])
    while let place = place(in: rest) { (count, rest) = (count + 1, rest[place.range.upperBound...]) }
    return count
  }

  /// The placeholders whose values must be numbers.
  static func numbers(in text: String) -> [Int] {
    var numbers: [Int] = []
    var rest = text[...]
    while let place = place(in: rest) {
      if place.isNumber { numbers.append(place.number) }
      rest = rest[place.range.upperBound...]
    }
    return numbers
  }

  /// Fills the placeholders of a text from left to right, so that braces within a value are left alone.
  static func fill(_ text: String, _ values: [String], _ translate: (String) -> String) -> String {
    var result = ""
    var rest = text[...]
    while let place = place(in: rest) {
      let value = values.indices.contains(place.number - 1) ? values[place.number - 1] : "?"
      result += rest[..<place.range.lowerBound] + (place.isText ? translate(value) : value)
      rest = rest[place.range.upperBound...]
    }
    return result + rest
  }
}
