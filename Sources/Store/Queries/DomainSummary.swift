import DMARC

/// The results of one policy domain in a period. All counts are messages unless stated otherwise.
public struct DomainSummary: Sendable, Hashable {
  /// The policy domain.
  public var domain: String
  /// Messages.
  public var messages: Int64
  /// Messages that passed DMARC.
  public var passed: Int64
  /// Messages with an aligned DKIM pass.
  public var dkimAligned: Int64
  /// Messages with an aligned SPF pass.
  public var spfAligned: Int64
  /// Messages with both.
  public var bothAligned: Int64
  /// Messages that were delivered: disposition `none` or `pass`.
  public var delivered: Int64
  /// Messages that were quarantined.
  public var quarantined: Int64
  /// Messages that were rejected.
  public var rejected: Int64
  /// Messages from sources that need review.
  public var unknown: Int64
  /// Distinct source addresses.
  public var sources: Int64
  /// Number of reports.
  public var reports: Int64
  /// Number of reporters.
  public var reporters: Int64
  /// Records that were dropped because they could not be read.
  public var droppedRows: Int64
  /// First UTC day on which it was reported.
  public var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  public var lastDay: CalendarDay
  /// The newest published policy, as `p=reject sp=none adkim=s`.
  public var policy: String
  /// Messages in the period before; nil if the period is not bounded.
  public var messagesBefore: Int64?
  /// Messages that passed in the period before.
  public var passedBefore: Int64?

  /// Share of messages that passed, 0...1; nil if there were none.
  public var passRate: Double? { Self.share(passed, messages) }
  /// The same for the period before.
  public var passRateBefore: Double? { passedBefore.flatMap { Self.share($0, messagesBefore ?? 0) } }

  private static func share(_ part: Int64, _ whole: Int64) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}
