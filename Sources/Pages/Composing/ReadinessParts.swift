import Classification
import DMARC
import Render

/// Whether a stricter policy can be published.
struct ReadinessParts {
  private let page: ReviewPage
  private let section: DomainReview

  init(_ page: ReviewPage, _ section: DomainReview) { (self.page, self.section) = (page, section) }

  private var wording: Wording { page.wording }

  var blocks: [Page.Block] {
    let readiness = section.readiness
    guard let domain = DomainName(section.line.domain) else { return [] }
    let words = ReadinessWords(
      domain: domain, report: readiness.report, figures: readiness.figures, thresholds: page.thresholds,
      policy: readiness.policy, days: readiness.days, isEstimated: readiness.isEstimated,
      phrasebook: wording.phrasebook, notReady: "review.readiness.not-ready")
    // A doubt begins with a dash, because on a terminal it is an item of the sentence before it.
    var blocks = words.conclusions.map { text -> Page.Block in
      text.hasPrefix("- ") ? .list([String(text.dropFirst(2))]) : .paragraph(text)
    }
    blocks.insert(.table(effects), at: 0)
    let next = readiness.policy?.next(after: readiness.answer)
    let records = [
      (wording("readiness.published"), readiness.policy?.record.line(of: domain)),
      (
        wording("readiness.next"),
        next.flatMap { $0.step == .stay ? nil : $0.record.line(of: domain) }
      ),
    ]
    for (title, record) in records { if let record { blocks.append(.paragraph("\(title): `\(record)`")) } }
    return blocks
  }

  private var effects: Page.Table {
    let (readiness, report) = (section.readiness, section.readiness.report)
    let effects: [ReadinessReport.Effect] = [.yours, .passedOn, .undecided, .abuse]
    return Page.Table(
      caption: wording(
        "readiness.messages", ["domain": Wording.name(section.line.domain), "days": Wording.number(readiness.days)]),
      columns: [
        .init(title: wording("column.effect")), .init(title: wording("column.messages"), isNumber: true),
        .init(title: wording("column.per-day"), isNumber: true),
      ],
      rows: effects.map { effect in
        let messages = report.messages(effect)
        let perDay = readiness.days > 0 ? Double(messages) / Double(readiness.days) : 0
        return [
          .init(wording("effect.\(effect.rawValue)")), .init(Wording.number(messages)),
          .init(NumberText.tenths(perDay)),
        ]
      })
  }
}
