package import DMARC
import GRDB

/// The reports that a query covers.
package struct RecordFilter: Sendable, Hashable {
  /// Policy domains, with all domains below them; empty for all.
  package var domains: [DomainName]
  /// First UTC day; nil for no bound. A report belongs to the day that contains the middle of its period.
  package var firstDay: CalendarDay?
  /// Last UTC day, included; nil for no bound.
  package var lastDay: CalendarDay?
  /// Maximum number of rows in the answer; nil for all.
  package var limit: Int?

  /// Creates a filter; by default for all reports.
  package init(
    domains: [DomainName] = [], firstDay: CalendarDay? = nil, lastDay: CalendarDay? = nil, limit: Int? = nil
  ) {
    self.domains = domains
    self.firstDay = firstDay
    self.lastDay = lastDay
    self.limit = limit
  }

  /// The preceding period of the same length; nil if the period is open at either end.
  package var before: RecordFilter? {
    guard let firstDay, let lastDay, firstDay <= lastDay else { return nil }
    var earlier = self
    earlier.lastDay = firstDay.advanced(by: -1)
    earlier.firstDay = firstDay.advanced(by: firstDay.number - lastDay.number - 1)
    if Self.isWholeMonth(firstDay, lastDay) {
      let (year, month, _) = firstDay.advanced(by: -1).components
      earlier.firstDay = CalendarDay(year: year, month: month, day: 1)
    }
    return earlier
  }

  /// A whole month is compared with the whole month before it, even if that is longer or shorter.
  private static func isWholeMonth(_ first: CalendarDay, _ last: CalendarDay) -> Bool {
    let (start, next) = (first.components, last.advanced(by: 1).components)
    return start.day == 1 && next.day == 1
      && (next.year * 12 + next.month) - (start.year * 12 + start.month) == 1
  }

  /// A condition on the table `report`.
  var condition: SQL {
    var parts: [SQL] = []
    if let firstDay { parts.append("report.day >= \(firstDay.number)") }
    if let lastDay { parts.append("report.day <= \(lastDay.number)") }
    if !domains.isEmpty {
      let names = domains.map { domain -> SQL in
        "name = \(domain.name) OR substr(name, -\(domain.name.unicodeScalars.count + 1)) = \("." + domain.name)"
      }
      parts.append("report.policy_domain_id IN (SELECT id FROM domain WHERE \(names.joined(operator: .or)))")
    }
    return parts.isEmpty ? "1" : "(\(parts.joined(operator: .and)))"
  }

  var limitClause: SQL { limit.map { "LIMIT \($0)" } ?? "" }
}
