import Foundation
import Testing

/// The Japanese document says what the English one says, as far as that can be seen without reading Japanese. A change of one that
/// forgets the other fails here.
@Suite struct TranslationTests {
  private static let documents = ["docs/verdicts.md", "docs/verdicts.ja.md"]

  @Test func documentsHaveTheSameStructure() throws {
    let (english, japanese) = try sections()
    #expect(english.map(\.level) == japanese.map(\.level), "\(japanese.map(\.heading))")
    for (one, other) in zip(english, japanese) {
      #expect(one.blocks.map(\.shape) == other.blocks.map(\.shape), "\(one.heading) / \(other.heading)")
    }
  }

  @Test func documentsHaveTheSameCodes() throws {
    let (english, japanese) = try sections()
    #expect(english.count > 20)
    for (one, other) in zip(english, japanese) {
      let place = "\(one.heading) / \(other.heading)"
      #expect(one.codes.subtracting(other.codes) == [], "only in English: \(place)")
      #expect(other.codes.subtracting(one.codes) == [], "only in Japanese: \(place)")
      #expect(one.rules == other.rules, "\(place)")
      #expect(one.links == other.links, "\(place)")
      // Japanese has digits where English has words.
      #expect(one.numbers.subtracting(other.numbers) == [], "only in English: \(place)")
    }
  }

  @Test func documentsLinkToEachOther() throws {
    let starts = try Self.documents.map { try text(of: $0).split(separator: "\n\n").dropFirst().first }
    #expect(starts == ["([日本語](verdicts.ja.md))", "（[English](verdicts.md)）"])
  }

  private func sections() throws -> (english: [Section], japanese: [Section]) {
    let all = try Self.documents.map { document in
      try text(of: document).split(separator: /\n(?=#+ )/).map { Section($0) }
    }
    return (all[0], all[1])
  }

  private func text(of document: String) throws -> String {
    try String(contentsOfFile: Program.root + "/" + document, encoding: .utf8)
  }
}

/// A heading, and what is below it.
private struct Section {
  let heading: String
  let text: String

  init(_ text: Substring) {
    heading = String(text.prefix { $0 != "\n" })
    self.text = String(text)
  }

  var level: Int { heading.prefix { $0 == "#" }.count }
  var blocks: [Block] { text.split(separator: "\n\n").dropFirst().map { Block(lines: $0.split(separator: "\n")) } }
  var codes: Set<String> {
    Set(text.matches(of: /`([^`]+)`/).map { $0.1.split(whereSeparator: \.isWhitespace).joined(separator: " ") })
  }
  var rules: Set<Substring> { Set(text.matches(of: /R[0-9]+[a-h]?/).map(\.0)) }
  var numbers: Set<Substring> { Set(text.matches(of: /[0-9]+(?:\.[0-9]+)*/).map(\.0)) }
  /// Apart from the one to the other language.
  var links: [Substring] { text.matches(of: /\]\(([^)]+)\)/).map(\.1).filter { !$0.contains(/^verdicts\./) } }
}

/// A paragraph, list, table or block of code.
private struct Block {
  let lines: [Substring]

  /// What it is, with what translation leaves: commands, the rules and verdicts of a row, the depth of the points of a list.
  var shape: [String] {
    if lines[0].hasPrefix("    ") {
      return ["code"] + lines.map { $0.drop { $0 == " " }.split(separator: "  ").first.map(String.init) ?? "" }
    }
    if lines[0].hasPrefix("|") {
      return ["table"]
        + lines.map { row in
          let rules = row.matches(of: /R[0-9]+[a-h]?/).map { String($0.0) }
          let verdicts = row.split(separator: "|").last?.matches(of: /[a-z\/-]+/).map { String($0.0) } ?? []
          return "\(row.count { $0 == "|" }) " + (rules.isEmpty ? [] : rules + verdicts).joined(separator: " ")
        }
    }
    let points = lines.compactMap { $0.firstMatch(of: #/^( *)- /#)?.1.count }
    return points.isEmpty ? ["paragraph"] : ["list"] + points.map { "depth \($0)" }
  }
}
