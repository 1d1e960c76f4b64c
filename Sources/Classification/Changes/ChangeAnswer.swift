package import DMARC
package import Store
package import Verdict

/// What changed between two periods, and what the answer rests on.
package struct ChangeAnswer: Sendable {
  /// The changes, the most urgent first.
  package var changes: [Change]
  /// The days with reports in both periods.
  package var timeline: Timeline
  /// Reports for the period before that arrived so late that an answer given before may have had other figures; nil if there are none.
  package var late: LateReports?
  /// The day after which those arrived.
  package var lateAfter: CalendarDay

  /// Days after a period for which reports are normally waited.
  package static let grace: Int64 = 3

  /// What the reader must know besides the changes: which days were compared, and what was restated.
  package func notes(_ phrasebook: Phrasebook) -> [String] {
    let (before, now) = (timeline.periods.before, timeline.periods.now)
    var values = [
      "first": "\(now.lowerBound)", "last": "\(now.upperBound)", "first-before": "\(before.lowerBound)",
      "last-before": "\(before.upperBound)", "days": "\(timeline.daysNow)", "days-before": "\(timeline.daysBefore)",
    ]
    guard timeline.daysNow > 0 else { return [phrasebook.text("change.no-now", values)] }
    guard timeline.canCompare else { return [phrasebook.text("change.no-before", values)] }
    var notes = changes.isEmpty ? [phrasebook.text("change.nothing", values)] : []
    notes.append(phrasebook.text("change.compared", values))
    if let late, late.reports > 0 {
      values["reports"] = "\(late.reports)"
      values["messages"] = "\(late.messages)"
      values["day"] = "\(lateAfter)"
      notes.append(phrasebook.text("change.restated", values))
    }
    return notes
  }
}
