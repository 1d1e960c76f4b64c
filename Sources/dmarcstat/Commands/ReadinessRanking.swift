import Classification
import DMARC
import Render
import Settings
import Store

/// The answer of `readiness --all`: every policy domain, the one with the most to fix first.
struct ReadinessRanking {
  private struct Line {
    let domain: DomainName
    let figures: ReadinessFigures
    let answer: ReadinessAnswer
    let doubts: [ReadinessDoubt]
    let period: ClosedRange<CalendarDay>
    let policy: PublishedPolicy?

    func perDay(_ messages: Int64) -> Double { figures.days > 0 ? Double(messages) / Double(figures.days) : 0 }
  }

  private let lines: [Line]
  private let covered: CoveredPeriod

  init(_ context: QueryContext, _ period: PeriodOptions, _ domains: DomainOptions) throws {
    let today = PeriodOptions.today
    var filter = try period.filter(today: period.today(context.configuration))
    let policies = try context.database.policies(today: today)
    let thresholds = context.configuration.readiness
    try domains.choose(in: context, &filter)
    let exact = Set(filter.exactDomains ?? [])
    func isChosen(_ domain: DomainName) -> Bool {
      !filter.coversSomeDomains || exact.contains(domain.name) || filter.domains.contains(where: domain.isEqualOrUnder)
    }
    let lines = try context.database.readiness(filter, today: today).compactMap { stored -> Line? in
      guard let domain = DomainName(stored.domain), isChosen(domain) else { return nil }
      let figures = ReadinessFigures(stored)
      return Line(
        domain: domain, figures: figures, answer: figures.answer(thresholds), doubts: figures.doubts(thresholds),
        period: stored.firstDay...max(stored.firstDay, stored.lastDay),
        policy: policies[stored.domain].map(PublishedPolicy.init))
    }
    self.lines = lines.sorted { Self.rank($0) < Self.rank($1) }
    var shown = filter
    if !period.isGiven, let first = lines.map(\.period.lowerBound).min() {
      (shown.firstDay, shown.lastDay) = (first, lines.map(\.period.upperBound).max())
    }
    covered = try context.covered(shown, period)
  }

  func print(_ option: FormatOption) { covered.print(table, option) }

  /// No before cannot tell before yes; within them, most mail at risk first, and what is not at its goal yet.
  private static func rank(_ line: Line) -> (Int, Double, Int, Double, String) {
    let order: [ReadinessAnswer] = [.no, .cannotTell, .yes]
    let isDone = line.answer == .yes && line.policy?.record.next.step == .stay
    let risk = line.answer == .no ? line.figures.yours : line.figures.undecided
    return (
      order.firstIndex(of: line.answer) ?? 0, line.answer == .yes ? 0 : -line.perDay(risk), isDone ? 1 : 0,
      -line.perDay(line.figures.messages), line.domain.name
    )
  }

  private var table: ResultTable {
    ResultTable(
      [
        Column("domain"), Column("answer", "READY"), Column("lost_yours", "YOURS LOST PER DAY"),
        Column("lost_undecided", "UNDECIDED PER DAY"), Column("undecided_share", "- SHARE"),
        Column("messages_a_day", "MESSAGES PER DAY"), Column("pass_rate", "PASS"), Column("days"), Column("reporters"),
        Column("doubts"), Column("policy"), Column("next_step", "NEXT STEP"), Column("next_record", isDetail: true),
        Column("lost_passed_on", isDetail: true), Column("lost_abuse", isDetail: true),
        Column("first_day", isDetail: true), Column("last_day", isDetail: true),
        Column("published_record", isDetail: true),
      ], lines.map(Self.row), ifEmpty: "No reports in this period.")
  }

  private static func row(_ line: Line) -> [Cell] {
    let figures = line.figures
    let next = line.policy?.next(after: line.answer)
    return [
      .text(line.domain.name), .text(line.answer.rawValue), .number(line.perDay(figures.yours)),
      .number(line.perDay(figures.undecided)), .share(figures.undecidedShare), .number(line.perDay(figures.messages)),
      figures.messages > 0 ? .share(Double(figures.passed) / Double(figures.messages)) : .null, .integer(figures.days),
      .integer(figures.reporters), .list(line.doubts.map(\.rawValue)), Cell(line.policy?.record["p"]),
      Cell(next?.step.rawValue), Cell(next?.record.line(of: line.domain)), .number(line.perDay(figures.passedOn)),
      .number(line.perDay(figures.abuse)), .text("\(line.period.lowerBound)"), .text("\(line.period.upperBound)"),
      Cell(line.policy?.record.line(of: line.domain)),
    ]
  }
}

extension ReadinessFigures {
  /// The sums of a domain in the ranking.
  fileprivate init(_ stored: DomainReadiness) {
    self.init()
    messages = stored.messages
    passed = stored.passed
    days = stored.days
    reporters = stored.reporters
    isSPFKnown = stored.hasSnapshot
    for flow in stored.failing { add(flow.messages, ReadinessReport.Effect(flow, of: days)) }
  }
}
