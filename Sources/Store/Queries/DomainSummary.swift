package import DMARC

/// The results of one policy domain in a period. All counts are messages unless stated otherwise.
package struct DomainSummary: Sendable, Hashable {
  /// The policy domain.
  package var domain: String
  /// Messages.
  package var messages: Int64
  /// Messages that passed DMARC.
  package var passed: Int64
  /// Messages with an aligned DKIM pass.
  package var dkimAligned: Int64
  /// Messages with an aligned SPF pass.
  package var spfAligned: Int64
  /// Messages with both.
  package var bothAligned: Int64
  /// Messages that were delivered: disposition `none` or `pass`.
  package var delivered: Int64
  /// Messages that were quarantined.
  package var quarantined: Int64
  /// Messages that were rejected.
  package var rejected: Int64
  /// Messages from sources that need review.
  package var unknown: Int64
  /// Distinct source addresses.
  package var sources: Int64
  /// Number of reports.
  package var reports: Int64
  /// Number of reporters.
  package var reporters: Int64
  /// Records that were dropped because they could not be read.
  package var droppedRows: Int64
  /// First UTC day on which it was reported.
  package var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  package var lastDay: CalendarDay
  /// The newest published policy, as `p=reject sp=none adkim=s`.
  package var policy: String
  /// Messages that the receiver did not evaluate, and whose result does not follow from what it lists: they neither passed nor failed.
  package var notEvaluated: Int64
  /// Messages within the period, and those of them that passed, if reports over several days reach beyond it and their messages are spread
  /// over their days; nil if there are no such reports.
  package var estimatedMessages, estimatedPassed: Int64?
  /// Whether that policy is in test mode, as reported: `y` or `n` (RFC 9990); nil if not reported.
  package var testing: String?
  /// How that policy was found: `psl` or `treewalk` (RFC 9990); nil if not reported.
  package var discoveryMethod: String?
  /// Messages in the period before; nil if the period is not bounded.
  package var messagesBefore: Int64?
  /// Messages that passed in the period before.
  package var passedBefore: Int64?
  /// Messages that were not evaluated in the period before.
  package var notEvaluatedBefore: Int64?

  /// Messages that failed DMARC.
  package var failed: Int64 { messages - passed - notEvaluated }
  /// Share of the evaluated messages that passed, 0...1; nil if there were none.
  package var passRate: Double? { Self.share(passed, messages - notEvaluated) }
  /// The same for the period before.
  package var passRateBefore: Double? {
    passedBefore.flatMap { Self.share($0, (messagesBefore ?? 0) - (notEvaluatedBefore ?? 0)) }
  }

  private static func share(_ part: Int64, _ whole: Int64) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}
