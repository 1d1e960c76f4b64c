package import Classification
import DMARC
import Render
package import Settings
import Store
import Verdict

/// Composes the page of a review.
package struct ReviewPage {
  let review: Review
  let wording: Wording
  let thresholds: ReadinessThresholds

  package init(_ review: Review, _ wording: Wording, _ thresholds: ReadinessThresholds) {
    (self.review, self.wording, self.thresholds) = (review, wording, thresholds)
  }

  /// Whether no report covers the month.
  package var isEmpty: Bool { review.lines.isEmpty }

  /// Rows of a list of reporters or senders; the rest are added up.
  static let mostRows = 12
  /// Domains of the overview that are not folded.
  private static let mostDomains = 40

  private var month: String { wording.month(review.days.first) }

  /// The page.
  package var page: Page {
    let last = review.days.day(review.days.count - 1)
    let subtitle =
      review.lines.count == 1
      ? wording("subtitle.one", ["domain": Wording.name(review.total.domain)])
      : wording("subtitle.many", ["count": Wording.number(Int64(review.lines.count))])
    return Page(
      language: wording.phrasebook.language.rawValue, title: wording("title", ["month": month]), subtitle: subtitle,
      period: wording("period", ["first": "\(review.days.first)", "last": "\(last)"]), footer: wording("footer"),
      contentsTitle: wording("contents"), skipTitle: wording("skip"), blocks: blocks)
  }

  private var blocks: [Page.Block] {
    guard review.total.now.messages > 0 else {
      return [.paragraph(wording("nothing", ["month": month]), style: .lead)] + alerts + [.section(intake)]
    }
    guard review.lines.count > 1 else {
      return (review.sections.first.map { DomainPart(self, $0, prefix: "", level: 2).blocks } ?? [])
        + alerts + [.section(intake)]
    }
    let parts = review.sections.enumerated().map { index, section in
      let part = DomainPart(self, section, prefix: "d\(index + 1)-", level: 3)
      return Page.Block.section(
        Page.Section(
          id: "d\(index + 1)", level: 2, title: Wording.name(section.line.domain), startsPage: true, blocks: part.blocks
        ))
    }
    return overview + parts + alerts + [.section(intake)]
  }

  private var alerts: [Page.Block] { AlertParts(wording, review.matters).section.map { [.section($0)] } ?? [] }

  private var overview: [Page.Block] {
    let answers = Answers(review, wording)
    return [
      .paragraph(answers.ofAll, style: .lead),
      .section(
        .init(
          id: "changes", level: 2, title: wording("heading.changes"),
          blocks: ChangeParts(self, review.changes?.changes ?? []).blocks(withNotes: true))),
      .section(.init(id: "overview", level: 2, title: wording("heading.overview"), blocks: domains)),
      .section(
        .init(
          id: "daily", level: 2, title: wording("heading.daily"),
          blocks: TrendParts(self, review.trend, prefix: "").daily)),
      .section(
        .init(
          id: "monthly", level: 2, title: wording("heading.monthly"),
          blocks: TrendParts(self, review.trend, prefix: "").monthly)),
      .section(
        .init(
          id: "coverage", level: 2, title: wording("heading.coverage"),
          blocks: CoverageParts(self, review.trend, review.reporters).blocks)),
    ]
  }

  private var domains: [Page.Block] {
    let before = wording.month(review.days.first.advanced(by: -1).firstOfMonth)
    let rows = review.lines.map { line -> [Page.Table.Cell] in
      let numbers = [
        Wording.number(line.now.messages), Wording.percent(line.now.passRate), wording.points(line.change),
        Wording.number(line.classes[.failing] ?? 0), Wording.number(line.toReview),
        Wording.number(line.classes[.forwarded] ?? 0),
      ]
      return [.init(Wording.name(line.domain))] + numbers.map { .init($0) } + [.init(Self.policy(line.policy))]
    }
    var table = Page.Table(
      caption: wording("heading.overview"),
      columns: [.init(title: wording("column.domain"))]
        + [
          ("messages", false), ("passed", false), ("change", true), ("failing", false), ("to-review", false),
          ("forwarded", true),
        ].map { .init(title: wording("column.\($0.0)"), isNumber: true, isOptional: $0.1) }
        + [.init(title: wording("column.policy"), isOptional: true)],
      rows: Array(rows.prefix(Self.mostDomains)))
    var tables = [Page.Block.table(table)]
    let rest = rows.dropFirst(Self.mostDomains)
    if !rest.isEmpty {
      let title = wording.counted("overview.more", Int64(rest.count))
      (table.caption, table.rows) = (title, Array(rest))
      tables.append(.folded(title: title, table))
    }
    let count = review.sections.count
    let note = count == 0 ? wording("overview.sections.none") : wording.counted("overview.sections", Int64(count))
    return [.paragraph(wording("overview.note", ["before": before]), style: .note)]
      + tables + (review.lines.count > count ? [.paragraph(note, style: .note)] : [])
  }

  /// The tags that say what happens to failing messages; that for subdomains only if it is another.
  private static func policy(_ tags: String) -> String {
    let tags = tags.split(separator: " ")
    let policy = tags.first { $0.hasPrefix("p=") }
    let others = tags.filter { tag in
      ["sp=", "np="].contains { tag.hasPrefix($0) } && tag.dropFirst(3) != policy?.dropFirst(2)
        || ["testing=y", "pct="].contains { tag.hasPrefix($0) } && tag != "pct=100"
    }
    return Wording.name(([policy].compactMap(\.self) + others).joined(separator: " "))
  }

  /// What happened to reports and inputs when they were read.
  private var intake: Page.Section {
    let sums = review.intake
    let facts: [(String, Int64)] = [
      ("reports", sums.reports), ("repaired", sums.repaired), ("truncated", sums.truncated),
      ("incomplete", sums.incomplete), ("dropped", sums.droppedRows), ("warnings", sums.withWarnings),
      ("contested", sums.contested), ("conflicts", sums.conflicts), ("ignored", sums.ignored),
      ("removed", sums.removed),
    ]
    let counts = Page.Table(
      caption: wording("heading.intake"),
      columns: [.init(title: wording("column.class")), .init(title: wording("column.reports"), isNumber: true)],
      rows: facts.filter { $0.0 == "reports" || $0.1 > 0 }
        .map { [.init(wording("intake.\($0.0)")), .init(Wording.number($0.1))] })
    var blocks: [Page.Block] = [.table(counts)]
    switch review.rejectedCount {
    case nil: break
    case 0: blocks.append(.paragraph(wording("intake.rejected.none")))
    case let count?:
      blocks.append(.paragraph(wording.counted("intake.rejected", Int64(count))))
      let columns = ["file", "cause", "next"].map { Page.Table.Column(title: wording("column.\($0)")) }
      blocks.append(
        .table(
          .init(
            caption: wording("heading.intake"), columns: columns,
            rows: review.rejected.map { input in
              let name = input.member.map { "\(input.path) (\($0))" } ?? input.path
              return [name, input.cause, input.nextStep].map { .init(ShortenedText.text($0)) }
            })))
    }
    return Page.Section(
      id: "intake", level: 2, title: wording("heading.intake"), blocks: blocks)
  }
}

extension CalendarDay {
  /// The first day of its month.
  var firstOfMonth: CalendarDay { advanced(by: Int64(1 - components.day)) }
}
