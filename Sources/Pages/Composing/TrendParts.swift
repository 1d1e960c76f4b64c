import Charts
import Classification
import DMARC
import Store

/// The charts of a domain or of all domains.
struct TrendParts {
  private let page: ReviewPage
  private let trend: Trend
  private let prefix: String

  init(_ page: ReviewPage, _ trend: Trend, prefix: String) {
    (self.page, self.trend, self.prefix) = (page, trend, prefix)
  }

  private var wording: Wording { page.wording }
  private var days: PeriodDays { page.review.days }
  private var month: String { wording.month(days.first) }

  /// The classes with messages, in their order.
  private var classes: [MessageClass] {
    MessageClass.allCases.filter { trend.classes[$0]?.contains { $0 > 0 } ?? false }
  }

  private func values(_ kind: MessageClass) -> [Double?] {
    (0..<days.count).map { day in
      trend.reported.contains(day) ? trend.classes[kind]?[day] ?? 0 : nil
    }
  }

  // MARK: By day

  var daily: [Page.Block] {
    let names = classes.map { wording("class.\($0.rawValue)") }
    let chart = Page.Chart(
      id: prefix + "chart-daily", title: wording("chart.daily", ["month": month]),
      description: wording("chart.daily-description", ["classes": names.joined(separator: ", ")]),
      picture: .area(
        wide: area(labels: 16, width: 800, height: 230), narrow: area(labels: 5, width: 340, height: 200),
        number: { Wording.number(Int64(clampedRounding: $0)) }),
      legend: classes.map { ("k-\($0.rawValue)", wording("class.\($0.rawValue)")) },
      tableTitle: wording("chart.table"), table: dailyTable, lines: lines)
    var notes: [String] = []
    if !trend.estimated.isEmpty { notes.append(wording("chart.estimated")) }
    if trend.reported.count < days.count { notes.append(wording("chart.gaps")) }
    return [.chart(chart)] + (notes.isEmpty ? [] : [.paragraph(wording.joined(notes), style: .note)])
  }

  private func area(labels: Int, width: Double, height: Double) -> StackedArea {
    let labelled = Set(Ticks.labels(count: days.count, most: labels))
    return StackedArea(
      series: classes.map { .init(cssClass: "a-\($0.rawValue)", values: values($0)) },
      labels: (0..<days.count).map { labelled.contains($0) ? "\(days.day($0).components.day)" : nil },
      estimated: trend.estimated, width: width, height: height)
  }

  private var dailyTable: Page.Table {
    let rows = (0..<days.count).map { day -> [Page.Table.Cell] in
      let name = "\(days.day(day))\(trend.estimated.contains(day) ? " ~" : "")"
      return [.init(name)]
        + classes.map { kind in
          .init(values(kind)[day].map { Wording.number(Int64(clampedRounding: $0)) } ?? Wording.none)
        }
    }
    return Page.Table(
      caption: wording("chart.daily", ["month": month]),
      columns: [.init(title: wording("column.day"))]
        + classes.map { .init(title: wording("class-short.\($0.rawValue)"), isNumber: true) }, rows: rows)
  }

  private var lines: Page.Table {
    Page.Table(
      caption: wording("chart.daily", ["month": month]),
      columns: [
        .init(title: wording("column.class")), .init(title: wording("column.messages"), isNumber: true),
        .init(title: wording("column.days")),
      ],
      rows: classes.map { kind in
        let values = values(kind)
        let sum = values.compactMap(\.self).reduce(0, +)
        return [
          .init(wording("class.\(kind.rawValue)")), .init(Wording.number(Int64(clampedRounding: sum))),
          .init(Sparkline(values), cssClass: ""),
        ]
      })
  }

  // MARK: By month

  var monthly: [Page.Block] {
    let chart = Page.Chart(
      id: prefix + "chart-monthly", title: wording("chart.monthly"),
      description: wording("chart.monthly-description", ["month": month]),
      picture: .bars(wide: bars(isNarrow: false), narrow: bars(isNarrow: true)), tableTitle: wording("chart.table"),
      table: monthlyTable)
    let isAnyUnknown = trend.months.contains { $0.sum?.passRate == nil }
    return [.chart(chart)] + (isAnyUnknown ? [.paragraph(wording("monthly.note"), style: .note)] : [])
  }

  private func bars(isNarrow: Bool) -> Bars {
    let bars = trend.months.enumerated().map { index, month in
      let rate = month.sum?.passRate
      let text = Wording.percent(rate)
      let number = month.start.components.month
      let isYearShown = !isNarrow && (index == 0 || number == 1)
      return Bars.Bar(
        share: rate, value: isNarrow ? text == "100.0%" ? "100" : text.replacing("%", with: "") : text,
        label: isNarrow ? "\(number)" : wording.shortMonth(month.start, withYear: isYearShown),
        isMarked: month.start == days.first)
    }
    return isNarrow ? Bars(bars, width: 340, height: 120) : Bars(bars)
  }

  private var monthlyTable: Page.Table {
    Page.Table(
      caption: wording("chart.monthly"),
      columns: [
        .init(title: wording("column.month")), .init(title: wording("column.passed"), isNumber: true),
        .init(title: wording("column.messages"), isNumber: true),
      ],
      rows: trend.months.map { start, sum in
        [
          .init(wording.month(start)), .init(Wording.percent(sum?.passRate)),
          .init(sum.map { Wording.number($0.messages) } ?? Wording.none),
        ]
      })
  }
}
