import DMARC

/// The reports of a reporter in both periods.
package struct ReporterActivity: Sendable, Hashable {
  package var name: String
  /// Messages by day; a report without any counts as one.
  package var days: [DayMessages]

  /// Creates an activity.
  package init(name: String, days: [DayMessages]) {
    self.name = name
    self.days = days
  }

  /// Days on which a new reporter must be seen.
  private static let fewestNewDays = 7
  /// The fewest messages that are missing from one that is silent.
  private static let leastMissing: Int64 = 20

  /// Whether the reporter came or fell silent. One that reports only now and then does neither.
  package func changes(_ timeline: Timeline) -> [Change] {
    guard timeline.canCompare else { return [] }
    let series = timeline.series(days)
    let rhythm = Rhythm(series)
    let (before, now) = timeline.sums(series)
    func change(_ kind: Change.Kind, _ turn: Turn, _ severity: Change.Severity) -> Change {
      var change = Change(
        kind, .reporter(name), domains: [], since: timeline.since(turn.since), noticed: timeline.day(turn.noticed),
        severity: severity)
      (change.messagesBefore, change.messages) = (before, now)
      return change
    }
    var changes: [Change] = []
    if let turn = rhythm.arrival(least: 1, days: Self.fewestNewDays), timeline.isNow(turn.noticed) {
      changes.append(change(.reporterNew, turn, .low))
    }
    if let turn = rhythm.departure(least: Self.leastMissing), timeline.isNow(turn.noticed) {
      changes.append(change(.reporterSilent, turn, .medium))
    }
    return changes
  }

  /// Whether it reported from the first days to the last ones, so that its numbers of messages can be compared.
  package func isSteady(_ timeline: Timeline) -> Bool {
    let rhythm = Rhythm(timeline.series(days))
    return rhythm.arrival(least: 1, days: 1) == nil && rhythm.departure(least: 1) == nil
  }
}
