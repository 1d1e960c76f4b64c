import DMARC

/// Sources that fail day after day.
extension RuleFacts {
  /// The number of days with failing messages from which a source is steady.
  private static let minDays: Int64 = 15
  /// The number of days from the first to the last of them: four weeks.
  private static let minSpan: Int64 = 27

  /// Whether messages of the source fail on most days for weeks: more like a forgotten server than like abuse.
  var isSteadySource: Bool {
    guard let known = history.source, let days = known.failingDays, let span = known.failingSpan else { return false }
    return days >= Self.minDays && span >= Self.minSpan && days * 5 >= span.addingClamped(1) * 2
  }

  /// Whether the source sends unsigned messages on working days only, with an own envelope, according to several reporters.
  var worksLikeAnOwnServer: Bool {
    guard let known = history.source, known.isOnWorkingDays, known.reporters ?? 0 >= 2 else { return false }
    return failingOwnEnvelope != nil && outcome.ownSignatures.isEmpty && foreignPasses.isEmpty && listsResults
  }

  var failingValues: [String: String] {
    [
      "source": "\(flow.source)", "days": "\(history.source?.failingDays ?? 0)",
      "span": "\((history.source?.failingSpan ?? 0).addingClamped(1))",
    ]
  }
}
