import DMARC

/// The repairs of a damaged report: each kind once, with its first line and the number of occurrences.
struct RepairNotes {
  enum Kind: Int, CaseIterable {
    case leadingText, trailingText, wrapper, escapedMarkup, missingRoot
    case ampersand, lessThan, controlCharacter, encoding, encodingAssumed, declaration, documentType
    case missingEndTag, strayEndTag, endTagCase, attribute, comment, reference
  }

  private var seen: [Kind: (line: Int, count: Int, detail: String)] = [:]

  var isEmpty: Bool { seen.isEmpty }

  mutating func add(_ kind: Kind, line: Int, count: Int = 1, _ detail: String = "") {
    if let known = seen[kind] {
      seen[kind] = (known.line, known.count + count, known.detail)
    } else {
      seen[kind] = (line, count, detail)
    }
  }

  /// One warning for each kind, in the order of the lines.
  var warnings: [ReportWarning] {
    seen.sorted { ($0.value.line, $0.key.rawValue) < ($1.value.line, $1.key.rawValue) }.map { kind, note in
      let times = note.count > 1 ? " (\(note.count) times)" : ""
      let code: ReportWarning.Code = kind == .encoding || kind == .encodingAssumed ? .encodingAssumed : .xmlRepaired
      return ReportWarning(code, line: note.line, Self.message(kind, note.detail) + times)
    }
  }

  private static func message(_ kind: Kind, _ detail: String) -> String {
    switch kind {
    case .leadingText: "text before the report was left out"
    case .trailingText: "text after the report was left out"
    case .wrapper: "the element <\(detail)> around the report was left out"
    case .escapedMarkup: "the markup was escaped (&lt;feedback&gt;) and was read as markup"
    case .missingRoot: "the report does not begin with <feedback>; it was assumed"
    case .ampersand: "an & that does not start a reference was read as text"
    case .lessThan: "a < that does not start a tag was read as text"
    case .controlCharacter: "a character that XML forbids was left out"
    case .encoding: "a byte that is not valid UTF-8 was read as Windows-1252"
    case .encodingAssumed: "the bytes were read as \(detail)"
    case .declaration: "a misplaced or broken XML declaration or instruction was left out"
    case .documentType: "the document type of an HTML page was left out"
    case .missingEndTag: "the end tag </\(detail)> is missing and was assumed"
    case .strayEndTag: "the end tag </\(detail)> has no start tag and was left out"
    case .endTagCase: "the end tag </\(detail)> is spelled differently from its start tag"
    case .attribute: "broken attributes were left out"
    case .comment: "an unterminated comment or CDATA section was read as text"
    case .reference: "a reference to a character that XML forbids was left out"
    }
  }
}
