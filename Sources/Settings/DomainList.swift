/// A file with names or patterns of domains, one a line. `#` starts a comment, and empty lines do not count.
package struct DomainList: Sendable {
  /// A line with a name or a pattern.
  package struct Entry: Sendable, Hashable {
    /// The line, from 1.
    package let line: Int
    /// What it says.
    package let selector: DomainSelector
  }

  /// The lines in their order.
  package let entries: [Entry]

  /// The largest file in bytes.
  package static let mostBytes = 4 << 20
  /// The most names and patterns.
  package static let mostEntries = 100_000
  /// The most patterns, each of which is compared with every domain.
  package static let mostPatterns = 1_000

  /// Reads the content of a file.
  /// - Parameter file: its name, for errors.
  /// - Throws: ``SettingsError`` that names the file and the line.
  package init(_ bytes: [UInt8], file: String) throws(SettingsError) {
    func wrong(_ problem: String, _ line: Int? = nil) -> SettingsError {
      SettingsError(file: file, line: line, problem)
    }
    guard bytes.count <= Self.mostBytes else { throw wrong(Self.tooLarge) }
    guard
      let text = String(validating: bytes.starts(with: Self.byteOrderMark) ? bytes[3...] : bytes[...], as: UTF8.self)
    else { throw wrong("the list of domains is not UTF-8 text") }
    var entries: [Entry] = []
    var patterns = 0
    // By scalars, because CR LF is one character.
    for (index, line) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let word = Self.content(line) else { continue }
      guard let selector = DomainSelector(word) else {
        throw wrong(
          "\"\(word.prefix(Self.mostShown))\" is neither a domain name nor a pattern: write one a line, such as example.com or kunde*.example",
          index + 1)
      }
      if case .pattern = selector { patterns += 1 }
      guard patterns <= Self.mostPatterns else {
        throw wrong("a list may have \(Self.mostPatterns) patterns", index + 1)
      }
      entries.append(Entry(line: index + 1, selector: selector))
      guard entries.count <= Self.mostEntries else {
        throw wrong("a list may have \(Self.mostEntries) domains", index + 1)
      }
    }
    guard !entries.isEmpty else { throw wrong("the list names no domain: write one a line, such as example.com") }
    self.entries = entries
  }

  /// The problem with a file that is too large.
  package static var tooLarge: String { "a list of domains may have at most \(mostBytes >> 20) MiB" }

  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
  /// The most characters of a wrong line that an error shows.
  private static let mostShown = 80

  /// A line without its comment and the white space around; nil if nothing remains.
  private static func content(_ line: Substring.UnicodeScalarView) -> String? {
    var words = line.prefix { $0 != "#" }
    while let last = words.last, last.properties.isWhitespace { words.removeLast() }
    while let first = words.first, first.properties.isWhitespace { words.removeFirst() }
    return words.isEmpty ? nil : String(words)
  }
}
