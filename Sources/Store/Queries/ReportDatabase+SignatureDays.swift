package import DMARC
import GRDB

/// Messages with one outcome on one day by one reporter, with what is needed to see how DKIM keys fare.
package struct SignatureDay: Sendable {
  /// The policy domain.
  package var policyDomain: String
  /// What was reported.
  package var outcome: AuthenticationOutcome
  /// The source address; nil for the sum of all.
  package var source: IPAddress?
  /// The UTC day, as days since 1970-01-01.
  package var day: Int64
  /// Row id of the reporter.
  package var reporter: Int64
  /// Messages.
  package var messages: Int64
}

extension ReportDatabase {
  /// Calls `body` with directly sent messages that passed DMARC although a signature of them did not verify, by outcome,
  /// source, day and reporter.
  /// - Throws: ``StoreError``.
  package func failingSignatures(_ filter: RecordFilter, _ body: (SignatureDay) throws -> Void) throws(StoreError) {
    try read { db in
      let reader = try SumReader(db, filter)
      let signatures = try SignatureDays(reader)
      let addresses = try RawStatement(db, "SELECT text FROM source WHERE id = ?")
      try reader.forEachFlow(where: { kind in
        kind.passesDMARC && kind.hasFailedSignature && kind.verdict == "aligned"
          && (kind.isSPFAligned || !kind.isUnknownIP)
      }) { row in
        addresses.bind(row.source, at: 1)
        let source = try addresses.first { $0.text(at: 0) ?? "" }
        try signatures.add(row, source: source.flatMap(IPAddress.init), body)
      }
    }
  }

  /// Calls `body` with the signed messages of some policy domains in a period, by outcome, day and reporter.
  /// - Throws: ``StoreError``.
  package func signatures(
    _ filter: RecordFilter, of domains: Set<String>, _ body: (SignatureDay) throws -> Void
  ) throws(StoreError) {
    try read { db in
      let reader = try SumReader(db, filter)
      let signatures = try SignatureDays(reader)
      let ids: SQLRequest<Int64> = "SELECT id FROM domain WHERE name IN \(SQL.list(domains)) ORDER BY id"
      for domain in try ids.fetchAll(db) where reader.domains?.contains(domain) ?? true {
        try reader.forEachFlow(ofDomain: domain, where: \.isDKIMAligned) {
          try signatures.add($0, source: nil, body)
        }
      }
    }
  }
}

/// Splits rows of the roll-ups into days.
private struct SignatureDays {
  private let flows: FlowStore
  private let names: RawStatement

  init(_ reader: SumReader) throws {
    flows = FlowStore(reader.db)
    names = try RawStatement(reader.db, "SELECT name FROM domain WHERE id = ?")
  }

  func add(_ row: SumReader.SumRow, source: IPAddress?, _ body: (SignatureDay) throws -> Void) throws {
    var days: [SignatureDay] = []
    names.bind(row.domain, at: 1)
    let domain = try names.first { $0.text(at: 0) ?? "" } ?? ""
    let outcome = try flows.outcome(row.outcome)
    row.forEachEntry { entry, facts in
      guard facts.isSelected else { return }
      days.append(
        SignatureDay(
          policyDomain: domain, outcome: outcome, source: source, day: facts.day, reporter: facts.reporter,
          messages: entry.messages))
    }
    for day in days { try body(day) }
  }
}
