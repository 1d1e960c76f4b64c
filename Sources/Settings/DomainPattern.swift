package import DMARC

/// A pattern for whole domain names: `*` stands for any characters, dots too, and `?` for exactly one.
///
/// It is compared with the name in A-labels and, if it has characters beyond ASCII, with the name in U-labels.
package struct DomainPattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern in lower case.
  package let description: String
  private let bytes: [UInt8]
  /// Nil if the pattern is ASCII, so that bytes are enough.
  private let characters: [Character]?

  /// The longest pattern in bytes; names are no longer.
  package static let longest = 255

  /// Whether a text is meant as a pattern.
  package static func isOne(_ text: String) -> Bool { text.utf8.contains(star) || text.utf8.contains(anyOne) }

  /// Creates a pattern; nil if the text has no wildcard, is too long, or has a character that no domain name has.
  package init?(_ text: String) {
    guard Self.isOne(text), text.utf8.count <= Self.longest else { return nil }
    var text = text.lowercased()
    if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
    guard text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    description = text
    bytes = Array(text.utf8)
    characters = bytes.allSatisfy { $0 < 0x80 } ? nil : Array(text)
  }

  /// Whether it matches a whole name.
  package func matches(_ domain: DomainName) -> Bool {
    if let characters {
      return domain.unicodeName.map { Self.matches(characters, Array($0), "*", "?") } ?? false
    }
    return Self.matches(bytes, Array(domain.name.utf8), Self.star, Self.anyOne)
  }

  /// The number of characters to insert, delete or substitute until it matches a name.
  func distance(to domain: DomainName) -> Int {
    let target = Array(domain.unicodeName ?? domain.name)
    var row = Array(0...target.count)
    for letter in description {
      let isStar = letter == "*"
      var diagonal = row[0]
      if !isStar { row[0] += 1 }
      for column in target.indices {
        let substitution = diagonal + (letter == target[column] || letter == "?" ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] =
          isStar ? min(row[column], diagonal) : min(substitution, row[column] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }

  /// The number of characters that stand for themselves.
  var literals: Int { description.count { $0 != "*" && $0 != "?" } }

  private static let star = UInt8(ascii: "*")
  private static let anyOne = UInt8(ascii: "?")

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
    default: "-_.*?".utf8.contains(byte)
    }
  }

  /// Only the last star is tried again, so that the time is bounded by the product of the lengths.
  private static func matches<Letter: Equatable>(
    _ pattern: [Letter], _ text: [Letter], _ star: Letter, _ anyOne: Letter
  ) -> Bool {
    var (place, index) = (0, 0)
    var retry: (place: Int, index: Int)?
    while index < text.count {
      if place < pattern.count, pattern[place] == star {
        place += 1
        retry = (place, index)
      } else if place < pattern.count, pattern[place] == anyOne || pattern[place] == text[index] {
        place += 1
        index += 1
      } else if let last = retry {
        retry = (last.place, last.index + 1)
        (place, index) = (last.place, last.index + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == star }
  }
}

/// What a user names policy domains with.
package enum DomainSelector: Sendable, Hashable, CustomStringConvertible {
  /// A domain and those below it.
  case name(DomainName)
  /// The domains that match.
  case pattern(DomainPattern)

  /// Reads a name or a pattern; nil if it is neither.
  package init?(_ text: String) {
    if DomainPattern.isOne(text) {
      guard let pattern = DomainPattern(text) else { return nil }
      self = .pattern(pattern)
    } else {
      guard let name = DomainName(text), name.publishable != nil else { return nil }
      self = .name(name)
    }
  }

  package var description: String {
    switch self {
    case .name(let name): name.description
    case .pattern(let pattern): pattern.description
    }
  }
}
