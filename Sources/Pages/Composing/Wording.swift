import DMARC
import Render
package import Verdict

/// The texts of pages in one language, with numbers as people write them.
package struct Wording {
  package let phrasebook: Phrasebook

  package init(_ phrasebook: Phrasebook) { self.phrasebook = phrasebook }

  /// Instead of a number that nobody knows.
  static let none = "–"

  func callAsFunction(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("review.\(code)", values)
  }

  /// A text that depends on a number: the code with `.one` or `.many`.
  func counted(_ code: String, _ count: Int64, _ values: [String: String] = [:]) -> String {
    self(code + (count == 1 ? ".one" : ".many"), values.merging(["count": Self.number(count)]) { first, _ in first })
  }

  /// A name from a report, which may have any length.
  static func name(_ text: String) -> String { ShortenedText.name(text) }

  /// `1 message`, `1,234 messages`.
  func messages(_ count: Int64) -> String { counted("messages", count) }

  /// The month that begins on a day.
  func month(_ start: CalendarDay) -> String {
    let (year, month, _) = start.components
    return self("month", ["name": self("month.\(month)"), "year": "\(year)"])
  }

  /// The same in a few characters.
  func shortMonth(_ start: CalendarDay, withYear: Bool) -> String {
    let (year, month, _) = start.components
    let name = self("month-short.\(month)")
    return withYear ? self("month-short", ["name": name, "year": "\(year)"]) : name
  }

  /// A difference between shares in percentage points; nil is not known.
  func points(_ change: Double?) -> String {
    guard let change else { return Self.none }
    let text = Self.tenths(change)
    return self("points", ["sign": text == "0.0" ? "±" : change < 0 ? "−" : "+", "points": text])
  }

  /// Sentences as one text.
  func joined(_ sentences: [String]) -> String {
    sentences.joined(separator: phrasebook.language == .japanese ? "" : " ")
  }

  static func number(_ number: Int64) -> String { NumberText.grouped(number) }

  /// A share in percent; nil is not known.
  static func percent(_ share: Double?) -> String { share.map(NumberText.percent) ?? none }

  /// The size of a difference between shares, in percentage points.
  static func tenths(_ change: Double) -> String { NumberText.tenths(abs(change) * 100) }

  /// Days as ranges: `2026-10-03, 2026-10-07 to 2026-10-09`.
  func days(_ days: [CalendarDay]) -> String {
    var ranges: [ClosedRange<CalendarDay>] = []
    for day in days.sorted() {
      if let last = ranges.last, last.upperBound.advanced(by: 1) == day {
        ranges[ranges.count - 1] = last.lowerBound...day
      } else {
        ranges.append(day...day)
      }
    }
    return ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
      .joined(separator: ", ")
  }
}
