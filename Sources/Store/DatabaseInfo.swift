import DMARC

/// The size and the contents of a database.
public struct DatabaseInfo: Sendable, Hashable {
  /// Path of the file.
  public var path: String
  /// Bytes of the file and its write-ahead log.
  public var bytes: Int64
  /// Reports.
  public var reports: Int64
  /// Records of all reports.
  public var records: Int64
  /// Messages.
  public var messages: Int64
  /// Distinct source addresses.
  public var sources: Int64
  /// Policy domains.
  public var policyDomains: Int64
  /// Reporters.
  public var reporters: Int64
  /// Distinct sources with an outcome under a policy.
  public var flows: Int64
  /// Flows without a verdict.
  public var flowsNotJudged: Int64
  /// Inputs in the ledger.
  public var inputs: Int64
  /// Inputs or members that were rejected.
  public var rejected: Int64
  /// Warnings about what was changed, assumed or dropped while reading.
  public var warnings: Int64
  /// Reports that conflict with a stored report of the same identity.
  public var conflicts: Int64
  /// First UTC day with a report; nil if there is none.
  public var firstDay: CalendarDay?
  /// Last UTC day with a report; nil if there is none.
  public var lastDay: CalendarDay?
}
