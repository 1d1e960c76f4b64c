package import DMARC

/// The size and the contents of a database.
package struct DatabaseInfo: Sendable, Hashable {
  /// Path of the file.
  package var path: String
  /// Bytes of the file and its write-ahead log.
  package var bytes: Int64
  /// Reports.
  package var reports: Int64
  /// Records of all reports.
  package var records: Int64
  /// Messages.
  package var messages: Int64
  /// Distinct source addresses.
  package var sources: Int64
  /// Policy domains.
  package var policyDomains: Int64
  /// Reporters.
  package var reporters: Int64
  /// Distinct sources with an outcome under a policy.
  package var flows: Int64
  /// Flows without a verdict.
  package var flowsNotJudged: Int64
  /// Inputs in the ledger.
  package var inputs: Int64
  /// Inputs or members that were rejected.
  package var rejected: Int64
  /// Warnings about what was changed, assumed or dropped while reading.
  package var warnings: Int64
  /// Reports that conflict with a stored report of the same identity.
  package var conflicts: Int64
  /// First UTC day with a report; nil if there is none.
  package var firstDay: CalendarDay?
  /// Last UTC day with a report; nil if there is none.
  package var lastDay: CalendarDay?
  /// Bytes of the file without content, which new reports fill before the file grows.
  package var freeBytes: Int64
}
