import DMARC

/// A source of a policy domain with one outcome, before it becomes a row; or the sources of a campaign.
struct ReviewLine {
  /// Row ids.
  let source, outcome: Int64
  /// Row id of a flow with them.
  var flow: Int64
  var sum: PeriodSum
  /// The kind of the flow.
  let kind: FlowKind
  var isUnknownIP: Bool
  /// Whether somebody must decide about it.
  var isDecision = false
  /// Messages in the period before; nil if the policy domain had no reports then.
  var messagesBefore: Int64?
  var change: ExportRow.Change?
  /// The lines that are folded into this one, which is the largest of them, with itself; empty unless it is a campaign.
  var folded: [ReviewLine] = []

  /// Folds lines into one, most messages first.
  static func campaign(_ lines: [ReviewLine]) -> ReviewLine? {
    let sorted = lines.sorted { ($1.sum.messages, $0.source, $0.outcome) < ($0.sum.messages, $1.source, $1.outcome) }
    guard var line = sorted.first else { return nil }
    for other in sorted.dropFirst() {
      line.sum.add(other.sum)
      line.isDecision = line.isDecision || other.isDecision
      line.messagesBefore = line.messagesBefore.map { $0.addingClamped(other.messagesBefore ?? 0) }
      if line.change != other.change { line.change = nil }
    }
    line.folded = sorted
    return line
  }
}
