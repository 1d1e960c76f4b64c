import Classification
import DMARC
import Store

/// What the numbers rest on: days and reporters.
struct CoverageParts {
  private let page: ReviewPage
  private let trend: Trend
  private let reporters: [ReporterCoverage]

  /// A reporter is expected if so many of the days before the month had reports of it.
  private static let fewestDaysBefore = 10
  /// Days without a report after which a reporter counts as silent.
  private static let silence: Int64 = 7
  /// The most names in a sentence.
  private static let mostNames = 10

  init(_ page: ReviewPage, _ trend: Trend, _ reporters: [ReporterCoverage]) {
    (self.page, self.trend, self.reporters) = (page, trend, reporters)
  }

  private var wording: Wording { page.wording }
  private var days: PeriodDays { page.review.days }

  private func isExpected(_ reporter: ReporterCoverage) -> Bool { reporter.daysBefore >= Self.fewestDaysBefore }

  var blocks: [Page.Block] {
    let (covered, all) = (trend.reported.count, days.count)
    var sentences = [
      wording("coverage.days", ["days": Wording.number(Int64(covered)), "all": Wording.number(Int64(all))])
    ]
    let gaps = (0..<all).filter { !trend.reported.contains($0) }.map(days.day)
    if !gaps.isEmpty { sentences.append(wording("coverage.gaps", ["days": wording.days(gaps)])) }
    if !trend.estimated.isEmpty {
      sentences.append(
        wording("coverage.estimated", ["days": wording.days(trend.estimated.map(days.day))]))
    }
    sentences.append(missing)
    let shown = reporters.filter { $0.days > 0 || isExpected($0) }
    return [.paragraph(wording.joined(sentences))] + (shown.isEmpty ? [] : [.table(table(shown))])
  }

  private var missing: String {
    guard reporters.contains(where: isExpected) else { return wording("coverage.unknown") }
    let missing = reporters.filter { isExpected($0) && $0.days == 0 }.map { Wording.name($0.reporter) }
    guard !missing.isEmpty else { return wording("coverage.none-missing") }
    let more = missing.count > Self.mostNames ? ["+\(missing.count - Self.mostNames)"] : []
    return wording.counted(
      "coverage.missing", Int64(missing.count),
      ["names": (missing.prefix(Self.mostNames) + more).joined(separator: ", ")])
  }

  private func table(_ shown: [ReporterCoverage]) -> Page.Table {
    // Those that are missing are what the table is for.
    let unusual = shown.filter { state($0) == "missing" || state($0) == "silent" }
    let usual = shown.filter { state($0) != "missing" && state($0) != "silent" }
    let listed = unusual.prefix(ReviewPage.mostRows) + usual.prefix(ReviewPage.mostRows)
    var rows = listed.map(row)
    if shown.count > listed.count {
      let rest = wording.counted("coverage.more", Int64(shown.count - listed.count))
      rows.append([.init(rest)] + Array(repeating: .init(""), count: 4))
    }
    let columns: [(String, Bool, Bool)] = [
      ("reporter", false, false), ("reports", true, false), ("reported-days", true, false),
      ("days-before", true, true), ("state", false, false),
    ]
    return Page.Table(
      caption: wording("heading.coverage"),
      columns: columns.map { .init(title: wording("column.\($0.0)"), isNumber: $0.1, isOptional: $0.2) }, rows: rows)
  }

  private func row(_ reporter: ReporterCoverage) -> [Page.Table.Cell] {
    [
      .init(Wording.name(reporter.reporter)), .init(Wording.number(reporter.reports)),
      .init(Wording.number(Int64(reporter.days))),
      .init(Wording.number(Int64(reporter.daysBefore))),
      .init(
        wording("coverage.state.\(state(reporter))", ["day": "\(silentSince(reporter))"])),
    ]
  }

  private func silentSince(_ reporter: ReporterCoverage) -> CalendarDay {
    reporter.days == 0 ? reporter.lastDay : reporter.lastDay.advanced(by: 1)
  }

  private func state(_ reporter: ReporterCoverage) -> String {
    if reporter.days == 0 { return "missing" }
    let newest = (0..<days.count).last(where: trend.reported.contains).map(days.day) ?? days.first
    if isExpected(reporter), reporter.lastDay.advanced(by: Self.silence) < newest { return "silent" }
    return reporter.daysBefore == 0 && reporters.contains { $0.daysBefore > 0 } ? "new" : "usual"
  }
}
