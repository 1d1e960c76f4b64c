import Classification
import DMARC
import Render
import Store

/// The domains of `summary`, in the order that was asked for.
struct SummaryQuestion {
  /// The order; nil for the usual one: most messages, or with ``onlyWorse`` most messages that changed.
  let order: DomainOrder?
  /// Whether to leave out domains that did not get worse since the period before.
  let onlyWorse: Bool

  /// A domain, and how it got worse.
  struct Line {
    var domain: DomainSummary
    let decline: DomainDecline?
  }

  /// The question as part of a cursor.
  var name: String {
    ["summary", order.map { "--sort \($0.rawValue)" }, onlyWorse ? "--worse" : nil].compactMap(\.self)
      .joined(separator: " ")
  }

  /// All lines, in no order, without the numbers of sources.
  func lines(_ database: ReportDatabase, _ filter: RecordFilter, today: CalendarDay) throws -> [Line] {
    var all = filter
    all.limit = nil
    let domains = try database.summary(all, today: today, withSources: false)
    guard onlyWorse, let before = all.before else { return domains.map { Line(domain: $0, decline: nil) } }
    let earlier = Dictionary(
      try database.summary(before, today: today, withSources: false).map { ($0.domain, $0) },
      uniquingKeysWith: { first, _ in first })
    return domains.compactMap { domain in
      guard let before = earlier[domain.domain], let decline = DomainDecline(domain, since: before) else { return nil }
      return Line(domain: domain, decline: decline)
    }
  }

  func position(_ line: Line) -> RowPosition {
    let rank = order.map { $0.rank(line.domain) } ?? line.decline.map { -$0.messages } ?? -line.domain.messages
    return RowPosition(rank, key: line.domain.domain)
  }

  /// The table of some lines.
  func table(_ lines: [Line], _ keys: [BrokenKey], isForPeople: Bool) -> ResultTable {
    var table = ResultTable(lines.map(\.domain))
    table.columns.append(Column("broken_keys", isDetail: true))
    for (index, line) in lines.enumerated() {
      let own = keys.filter { $0.policyDomain == line.domain.domain }
      table.rows[index].append(.json(BrokenKey.json(own), .other))
    }
    guard onlyWorse else { return table }
    // What changed needs the room.
    table.hide([
      "both_aligned", "dkim_only", "spf_only", "quarantined", "rejected", "reporters", "first_day", "last_day",
      "policy",
    ])
    table.columns += [
      Column("worse", isDetail: true), Column("affected_messages", isDetail: true), Column("what_changed"),
    ]
    for (index, line) in lines.enumerated() {
      let changes = line.decline?.changes ?? []
      let texts = changes.map(\.text)
      table.rows[index] += [
        .list(changes.map(\.kind.rawValue)), Cell(line.decline?.messages),
        isForPeople ? .text(texts.joined(separator: "; ")) : .list(texts),
      ]
    }
    table.ifEmpty = "No domain got worse since the period before."
    return table
  }

  /// What the lines after a page are; nil if there are none.
  static func omitted(_ lines: [Line]) -> String? {
    CutList(lines: lines.count, messages: lines.reduce(Int64(0)) { $0.addingClamped($1.domain.messages) })
      .text("more domain", "more domains")
  }
}

extension DomainDecline.Change {
  /// `failing 2.0% -> 8.4% (213 messages more)`.
  fileprivate var text: String {
    switch self {
    case .policy(let before, let now): return "policy \(before) -> \(now)"
    case .share(let kind, let before, let now, let messages):
      let name =
        switch kind {
        case .failing, .policy: "failing"
        case .review: "needs review"
        case .dkim: "DKIM aligned"
        case .spf: "SPF aligned"
        }
      let sign = now > before ? "more" : "fewer"
      return
        "\(name) \(NumberText.percent(before)) -> \(NumberText.percent(now)) (\(NumberText.grouped(messages)) \(sign))"
    }
  }
}
