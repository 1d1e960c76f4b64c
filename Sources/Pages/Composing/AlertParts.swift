import Classification
import DMARC
import Render
import Verdict

/// The alerts of the month, including those that were not sent.
struct AlertParts {
  private let wording: Wording
  private let matters: [Matter]

  /// The maximum number of rows in the table; the rest are only counted.
  private static let most = 40

  init(_ wording: Wording, _ matters: [Matter]) { (self.wording, self.matters) = (wording, matters) }

  /// The section; nil if there is nothing to say.
  var section: Page.Section? {
    guard !matters.isEmpty else { return nil }
    let columns = [("since", false), ("alert", false), ("over", false), ("told", true)]
    var rows = matters.prefix(Self.most).map(row)
    if matters.count > rows.count {
      let rest = wording.counted("alerts.more", Int64(matters.count - rows.count))
      rows.append([.init(""), .init(rest), .init(""), .init("")])
    }
    let table = Page.Table(
      caption: wording("heading.alerts"),
      columns: columns.map { .init(title: wording("column.\($0.0)"), isOptional: $0.1) }, rows: rows)
    return Page.Section(
      id: "alerts", level: 2, title: wording("heading.alerts"),
      blocks: [.paragraph(wording("alerts.note"), style: .note), .table(table)])
  }

  private func row(_ matter: Matter) -> [Page.Table.Cell] {
    let title = matter.text(isEnd: false, wording.phrasebook.language).title
    return [
      .init("\(matter.since)"), .init(ShortenedText.text(title)), .init(end(matter)), .init(telling(matter)),
    ]
  }

  private func end(_ matter: Matter) -> String {
    if matter.isOpen { return wording("alerts.open") }
    return matter.rule.lasts ? matter.endedOn.map { "\($0)" } ?? Wording.none : Wording.none
  }

  private func telling(_ matter: Matter) -> String {
    if matter.acknowledged != nil { return wording("alerts.acknowledged") }
    return matter.begun.telling == .told
      ? "\(CalendarDay(number: matter.begun.day))" : wording("alerts.told.\(matter.begun.telling.rawValue)")
  }
}
