import Foundation

/// The texts of the program in another language, looked up by the English ones.
package struct Catalogue: Sendable {
  private let texts: [String: String]
  private let templates: [(template: Template, text: String, numbers: [Int])]
  private let headings: [String: String]
  private let words: [String: [String: String]]

  /// The Japanese texts.
  package static let japanese = Catalogue(
    headings: PackageResources.headings_json, words: PackageResources.words_json,
    texts: [PackageResources.messages_json, PackageResources.help_json])

  private init(headings: [UInt8], words: [UInt8], texts: [[UInt8]]) {
    // The files are embedded in the program; a test checks them.
    self.headings = Self.decoded(headings) ?? [:]
    self.words = Self.decoded(words) ?? [:]
    let all = texts.compactMap { Self.decoded($0) as [String: String]? }
    self.texts = all.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    templates = self.texts.compactMap { english, text in
      Template(english, allNumbers: Template.numbers(in: text).count == Template.places(in: english)).map {
        ($0, text, Template.numbers(in: text))
      }
    }
    .sorted { ($1.template.weight, $0.text) < ($0.template.weight, $1.text) }
  }

  private static func decoded<Value: Decodable>(_ bytes: [UInt8]) -> Value? {
    try? JSONDecoder().decode(Value.self, from: Data(bytes))
  }

  /// The heading of a column.
  package func heading(_ title: String) -> String? { headings[title] }

  /// A word of a vocabulary, such as a severity; `vocabulary` is the key of the column.
  package func word(_ word: String, in vocabulary: String) -> String? { words[vocabulary]?[word] }

  /// Whether the cells of a column are sentences, which are looked up as texts.
  package func hasSentences(_ column: String) -> Bool { words["sentences"]?[column] != nil }

  /// A text in the language of the catalogue; nil if it has none.
  package func text(_ english: String) -> String? {
    var search = Search(catalogue: self)
    return search.text(english, depth: 0)
  }

  fileprivate func whole(_ english: String, _ translate: (String) -> String) -> String? {
    if let text = texts[english] { return Template.fill(text, [], translate) }
    let bytes = Array(english.utf8)
    for (template, text, numbers) in templates {
      guard let values = template.values(in: bytes), numbers.allSatisfy({ Self.isNumber(values, $0) }) else { continue }
      return Template.fill(text, values, translate)
    }
    return nil
  }
}

extension Catalogue {
  private static func isNumber(_ values: [String], _ place: Int) -> Bool {
    guard values.indices.contains(place - 1), !values[place - 1].isEmpty else { return false }
    return values[place - 1].allSatisfy { "0123456789,.-%".contains($0) }
  }
}

/// Looks for a text, and for the sentences that it is made of: a message names a file, a cause and a next step.
private struct Search {
  let catalogue: Catalogue
  /// Results so far. Names in a message may contain any number of separators, so the same parts come up again and
  /// again.
  private var known: [String: String?] = [:]

  init(catalogue: Catalogue) { self.catalogue = catalogue }

  /// The summary of `ingest` nests five kinds of inputs in a list in a sentence.
  private static let deepest = 16
  private static let longest = 4_000
  private static let mostParts = 8
  /// The separators in English and in the other language, the loosest first.
  private static let separators: [(text: String, joint: String)] = [
    (". ", "。"), ("; ", "。"), (": ", ": "), (", and ", "、"), (", ", "、"),
  ]

  mutating func text(_ english: String, depth: Int) -> String? {
    guard depth < Self.deepest, english.utf8.count <= Self.longest else { return nil }
    if let found = known[english] { return found }
    let found = find(english, depth)
    known[english] = .some(found)
    return found
  }

  private mutating func find(_ english: String, _ depth: Int) -> String? {
    let inner = english.drop { $0 == " " }
    guard !inner.isEmpty else { return nil }
    if inner.startIndex != english.startIndex {
      return text(String(inner), depth: depth + 1).map { english[..<inner.startIndex] + $0 }
    }
    // Split into sentences first: a value at the end of one must not swallow the next.
    for separator in Self.separators.prefix(3) {
      if let found = joined(english, separator, depth, needsBoth: true) { return found }
    }
    var nested = self
    if let found = catalogue.whole(english, { nested.text($0, depth: depth + 1) ?? $0 }) { return found }
    if english.last == ".", let found = text(String(english.dropLast()), depth: depth + 1) { return found + "。" }
    // Commas come after whole texts, because they may be part of a list of names.
    for separator in Self.separators {
      if let found = joined(english, separator, depth, needsBoth: true) { return found }
    }
    for separator in Self.separators where separator.joint != "、" {
      if let found = joined(english, separator, depth, needsBoth: false) { return found }
    }
    return nil
  }

  /// The translation of a text in two parts; unless `needsBoth`, one part may lack a translation.
  private mutating func joined(
    _ english: String, _ separator: (text: String, joint: String), _ depth: Int, needsBoth: Bool
  ) -> String? {
    var from = english.startIndex
    var begun: String?
    for _ in 0..<Self.mostParts {
      guard let gap = english[from...].firstRange(of: separator.text) else { break }
      let (left, right) = (String(english[..<gap.lowerBound]), String(english[gap.upperBound...]))
      from = gap.upperBound
      let (start, end) = (text(left, depth: depth + 1), text(right, depth: depth + 1))
      if let end, start != nil || !needsBoth { return (start ?? left) + separator.joint + end }
      if let start, !needsBoth, begun == nil { begun = start + separator.joint + right }
    }
    return begun
  }
}
