package import DMARC

/// The days that are compared in search of news.
package struct AlertPeriods: Sendable, Hashable {
  /// The periods.
  package var periods: ChangePeriods

  /// Days in which something may have become certain: longer than nothing is told after, so that a late run records what it finds.
  private static let days: Int64 = 21
  /// Days before them.
  private static let daysBefore: Int64 = 30

  /// The periods up to the newest day with reports, or up to today, because published records change without reports.
  package init(newest: CalendarDay, today: CalendarDay? = nil) {
    let first = newest.advanced(by: 1 - Self.days)
    periods = ChangePeriods(
      before: first.advanced(by: -Self.daysBefore)...first.advanced(by: -1), now: first...max(newest, today ?? newest))
  }
}
