import DMARC
import GRDB

/// Bytes that rows take in the database file, with their indexes: estimates, checked against real files.
enum StoredBytes {
  /// A record, and its entry in the index by flow.
  static let record: Int64 = 40
  /// A flow with its verdict, and two indexes.
  static let flow: Int64 = 150
  /// An address as bytes and as text, and its index.
  static let source: Int64 = 80
  /// An item of the ledger, without its texts.
  static let item: Int64 = 60

  /// A unique text, which is in the table and in an index.
  static func unique(_ text: String) -> Int64 { 30 + 2 * Int64(text.utf8.count) }

  /// An outcome or a policy, whose columns hold about what its canonical form does: with its hash, and the index of that.
  static func keyed(_ form: [UInt8]) -> Int64 { 150 + Int64(form.count) }

  static func warning(_ warning: ReportWarning) -> Int64 { 40 + Int64(warning.message.utf8.count) }

  /// A report without its rows and warnings.
  static func report(_ report: IncomingReport) -> Int64 {
    let metadata = report.head.metadata
    let texts =
      [
        metadata.orgName, metadata.email, metadata.extraContactInfo, metadata.reportID, metadata.generator,
        report.head.version, report.head.namespace, report.head.extensionXML,
      ] + metadata.errors
    return texts.reduce(500 + 2 * Int64(report.identity.reportID.utf8.count)) { $0 + Int64($1?.utf8.count ?? 0) }
  }

  /// The maximum that a report can add: as if everything in it were new.
  static func maximum(_ report: IncomingReport, _ batch: RecordBatch) -> Int64 {
    let rows = Int64(batch.rows.count) * (record + flow + source)
    // An outcome is larger as JSON than in the bytes that its key is made of, and its domains may be new.
    let outcomes = Int64(batch.outcomes.count) * 1_500 + Int64(batch.textBytes) * 8
    return report.warnings.reduce(Self.report(report) + 6_000 + rows + outcomes) { $0 + warning($1) }
  }
}

extension ReportWriter {
  /// Stores a report that is completely in memory, unless it adds more bytes to the database than allowed.
  /// - Throws: ``TooManyBytes`` if it does; then nothing of it is stored.
  func storeWhole(_ report: IncomingReport, _ batch: RecordBatch, within allowance: Int64) throws -> StoringOutcome {
    // Nearly every report stays below this and needs no savepoint.
    if StoredBytes.maximum(report, batch) <= allowance { return try insert(report, batch) }
    let (before, mark) = (storedBytes, rollUps.mark)
    try db.execute(sql: "SAVEPOINT bounded_report")
    let outcome = try insert(report, batch)
    guard storedBytes - before <= allowance else {
      forgetRowIDs()
      rollUps.revert(to: mark)
      try db.execute(sql: "ROLLBACK TO bounded_report; RELEASE bounded_report")
      throw TooManyBytes()
    }
    try db.execute(sql: "RELEASE bounded_report")
    return outcome
  }
}

/// A report would add more to the database than it may.
package struct TooManyBytes: Error {}
