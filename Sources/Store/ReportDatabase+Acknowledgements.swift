import DMARC
import GRDB

extension ReportDatabase {
  /// All acknowledgements, by subject.
  /// - Throws: ``StoreError``.
  package func acknowledgements() throws(StoreError) -> [AcknowledgedSource] {
    try read { try Self.acknowledgements($0) }
  }

  static func acknowledgements(_ db: Database) throws -> [AcknowledgedSource] {
    try Row.fetchAll(db, sql: "SELECT subject, note, severity, made_at FROM acknowledgement ORDER BY subject")
      .compactMap { row in
        AcknowledgedSource.Subject(row[0] as String).map {
          AcknowledgedSource($0, note: row[1], severity: row[2], madeAt: row[3])
        }
      }
  }

  /// Stores an acknowledgement, in place of an earlier one of the same subject.
  /// - Throws: ``StoreError``.
  package func acknowledge(_ acknowledgement: AcknowledgedSource) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO acknowledgement (subject, note, severity, made_at) VALUES (?, ?, ?, ?)",
        arguments: [
          "\(acknowledgement.subject)", acknowledgement.note, acknowledgement.severity, acknowledgement.madeAt,
        ])
    }
  }

  /// Removes an acknowledgement.
  /// - Returns: whether there was one.
  /// - Throws: ``StoreError``.
  package func forget(_ subject: AcknowledgedSource.Subject) throws(StoreError) -> Bool {
    try write { db in
      try db.execute(sql: "DELETE FROM acknowledgement WHERE subject = ?", arguments: ["\(subject)"])
      return db.changesCount > 0
    }
  }

  /// The sources of a subject that need review: their number, messages, and the severity of their worst verdict.
  /// - Throws: ``StoreError``.
  package func unknownSources(
    of subject: AcknowledgedSource.Subject, severities: [VerdictSeverity]
  ) throws(StoreError) -> (sources: Int, messages: Int64, severity: Int64) {
    try read { db in
      let owners = SourceOwners(organisation: { _ in nil }, asn: { _ in nil })
      let sources = try FlaggedSources(SumReader(db, RecordFilter()), severities, owners) { address, host, _ in
        subject.contains(address, host: host)
      }
      return (
        sources.places.count, sources.places.reduce(0) { $0.addingClamped(sources.messages($1)) },
        sources.places.lazy.map(sources.severity).max() ?? 0
      )
    }
  }
}
