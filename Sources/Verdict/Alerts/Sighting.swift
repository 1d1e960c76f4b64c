package import DMARC

/// What a run sees of a matter: that it began, or that it is over.
package struct Sighting: Sendable, Hashable {
  /// A policy domain, and since when it is so there.
  package struct Place: Sendable, Hashable {
    /// The policy domain; empty if it is about the installation.
    package var domain: String
    /// The first day of it.
    package var since: CalendarDay
  }

  package var rule: AlertRule
  /// Whether it is over, and not begun.
  package var isEnd: Bool
  /// What it is about, within the rule.
  package var subject: String
  package var places: [Place]
  /// The day on which it was certain.
  package var noticed: CalendarDay
  package var severity: Change.Severity
  package var messages: Int64?
  /// The sender by whose name it can be muted.
  package var sender: String?
  /// What to say, by the raw values of languages.
  package var texts: [String: MatterText]
  package var nextStep: String?
  /// Other matters that this one explains, so that they are not told as well: see ``MatterBook``.
  package var explains: [String] = []
  /// Whether it ends every matter of its rule that concerns its domain.
  package var endsAll = false

  /// The first day in any domain.
  package var since: CalendarDay { places.map(\.since).min() ?? noticed }

  /// A name of the matter within the answer of one run.
  var name: String { Self.name(rule, subject) }

  static func name(_ rule: AlertRule, _ subject: String) -> String { "\(rule.rawValue) \(subject)" }

  /// Creates a sighting.
  package init(
    _ rule: AlertRule, isEnd: Bool = false, subject: String, places: [Place], noticed: CalendarDay,
    severity: Change.Severity, texts: [String: MatterText]
  ) {
    (self.rule, self.isEnd, self.subject, self.places) = (rule, isEnd, subject, places)
    (self.noticed, self.severity, self.texts) = (noticed, severity, texts)
  }
}

/// What is said about a matter in one language.
package struct MatterText: Sendable, Hashable, Codable {
  /// One line.
  package var title: String
  package var sentences: [String]

  /// Creates a text. Names in it are text of reports: line ends become spaces, and what is too long is cut. Other hidden characters are
  /// encoded for where the text goes.
  package init(title: String, sentences: [String]) {
    self.title = Self.line(title, Self.mostTitle)
    self.sentences = sentences.map { Self.line($0, Self.mostSentence) }
  }

  private static func line(_ text: String, _ most: Int) -> String {
    let isLineEnd = { (scalar: Unicode.Scalar) in
      scalar.properties.generalCategory == .lineSeparator
        || scalar.properties.generalCategory == .paragraphSeparator || (0x0a...0x0d).contains(scalar.value)
        || scalar.value == 0x85
    }
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { line.append(isLineEnd(scalar) ? " " : scalar) }
    return BoundedText.plain(String(line), limit: most)
  }

  /// Bytes.
  private static let mostTitle = 240
  private static let mostSentence = 2_000

  /// The text in each language.
  static func each(_ body: (Phrasebook) -> MatterText) -> [String: MatterText] {
    Dictionary(uniqueKeysWithValues: Language.allCases.map { ($0.rawValue, body(Phrasebook($0))) })
  }
}
