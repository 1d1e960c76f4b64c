import DMARC
import GRDB

/// The lines of a review: one for each policy domain, source and outcome. Memory grows with the largest policy domain only.
struct ReviewLines {
  private let reader: SumReader
  private let readFlow: Statement

  private struct Key: Hashable {
    var source, outcome: Int64
  }

  private struct Line {
    var flow: Int64
    var sum: PeriodSum
    var passesDMARC: Bool
    var isUnknownIP: Bool
  }

  init(_ reader: SumReader) throws {
    self.reader = reader
    readFlow = try reader.db.cachedStatement(
      sql: """
        SELECT source.text AS source, outcome.evaluation, outcome.dkim_aligned, outcome.spf_aligned, outcome.disposition,
          outcome.dkim_results, outcome.spf_results, header_from.name AS header_from, envelope_from.name AS envelope_from,
          flow.verdict, flow.subtype, flow.confidence, flow.issues, known_sender.name AS known_sender
        FROM flow JOIN source ON source.id = flow.source_id JOIN outcome ON outcome.id = flow.outcome_id
        LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
        LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
        LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
        WHERE flow.id = ?
        """)
  }

  /// Calls `body` with each line, by policy domain; failing lines first, then by messages.
  func forEach(_ body: (ExportRow) throws -> Void) throws {
    var rest = reader.filter.limit ?? .max
    let domains: SQLRequest<Row> = """
      SELECT id, name FROM domain WHERE id IN (SELECT domain_id FROM policy) AND \(reader.filter.nameCondition) ORDER BY name
      """
    for domain in try domains.fetchAll(reader.db) {
      guard rest > 0 else { return }
      let lines = try lines(ofDomain: domain["id"])
      // Sources are in the order of their texts; only equal sums need them.
      for line in lines.prefix(rest) { try body(try row(line, domain["name"])) }
      rest -= min(rest, lines.count)
    }
  }

  private func lines(ofDomain domain: Int64) throws -> [Line] {
    var lines: [Key: Line] = [:]
    try reader.forEachFlow(ofDomain: domain) { row in
      let sum = row.sum
      guard sum.rows > 0 else { return }
      let key = Key(source: row.source, outcome: row.outcome)
      guard var line = lines[key] else {
        lines[key] = Line(
          flow: row.flow, sum: sum, passesDMARC: row.kind.passesDMARC, isUnknownIP: row.kind.isUnknownIP)
        return
      }
      line.sum.add(sum)
      line.isUnknownIP = line.isUnknownIP || row.kind.isUnknownIP
      line.flow = max(line.flow, row.flow)
      lines[key] = line
    }
    let texts = try RawStatement(reader.db, "SELECT text FROM source WHERE id = ?")
    let named = try lines.map { key, line -> (line: Line, source: String, outcome: Int64) in
      texts.bind(key.source, at: 1)
      return (line, try texts.first { $0.text(at: 0) ?? "" } ?? "", key.outcome)
    }
    return named.sorted { one, other in
      if one.line.passesDMARC != other.line.passesDMARC { return other.line.passesDMARC }
      return (other.line.sum.messages, one.source, one.outcome) < (one.line.sum.messages, other.source, other.outcome)
    }.map(\.line)
  }

  private func row(_ line: Line, _ domain: String) throws -> ExportRow {
    guard let row = try Row.fetchOne(readFlow, arguments: [line.flow]) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
    var outcome = AuthenticationOutcome()
    outcome.headerFrom = row["header_from"]
    outcome.evaluation = Evaluation(rawValue: row["evaluation"]) ?? .reported
    outcome.envelopeFrom = row["envelope_from"]
    outcome.dkim = try OutcomeColumns.dkim(row["dkim_results"])
    outcome.spf = try OutcomeColumns.spf(row["spf_results"])
    return ExportRow(
      policyDomain: domain, source: row["source"], messages: line.sum.messages, passedDMARC: line.passesDMARC,
      dkimAligned: row["dkim_aligned"], spfAligned: row["spf_aligned"], disposition: row["disposition"],
      verdict: row["verdict"], subtype: row["subtype"], confidence: row["confidence"], unknownIP: line.isUnknownIP,
      knownSender: row["known_sender"], headerFrom: row["header_from"], envelopeFrom: row["envelope_from"],
      reporters: Int64(line.sum.reporters.count), firstDay: CalendarDay(number: line.sum.range.first),
      lastDay: CalendarDay(number: line.sum.range.last),
      issues: (row["issues"] as String? ?? "").split(separator: " ").map(String.init), outcome: outcome)
  }
}
