import DMARC
import GRDB

/// Reads what the rows of a review say about flows. There may be a million of them, with few distinct results.
final class ReviewFlows {
  private let statement: RawStatement
  private var dkim = StoredLists(OutcomeColumns.dkim)
  private var spf = StoredLists(OutcomeColumns.spf)

  /// A flow with the texts of its row.
  struct Flow {
    var source: String
    var outcome: AuthenticationOutcome
    var isDKIMAligned, isSPFAligned: Bool
    var disposition, verdict, subtype, confidence, knownSender: String?
    var issues: [String]
  }

  init(_ db: Database) throws {
    statement = try RawStatement(
      db,
      """
      SELECT source.text, outcome.evaluation, outcome.dkim_aligned, outcome.spf_aligned, outcome.disposition,
        outcome.dkim_results, outcome.spf_results, header_from.name, envelope_from.name, flow.verdict, flow.subtype,
        flow.confidence, flow.issues, known_sender.name
      FROM flow JOIN source ON source.id = flow.source_id JOIN outcome ON outcome.id = flow.outcome_id
      LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
      LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
      LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
      WHERE flow.id = ?
      """)
  }

  /// The flow with a row id.
  func flow(_ id: Int64) throws -> Flow {
    statement.bind(id, at: 1)
    let found = try statement.first { row in
      var outcome = AuthenticationOutcome()
      outcome.headerFrom = row.text(at: 7)
      outcome.evaluation = row.text(at: 1).flatMap(Evaluation.init) ?? .reported
      outcome.envelopeFrom = row.text(at: 8)
      outcome.dkim = try dkim.list(row.text(at: 5) ?? "[]")
      outcome.spf = try spf.list(row.text(at: 6) ?? "[]")
      return Flow(
        source: row.text(at: 0) ?? "", outcome: outcome, isDKIMAligned: row.integer(at: 2) != 0,
        isSPFAligned: row.integer(at: 3) != 0, disposition: row.text(at: 4), verdict: row.text(at: 9),
        subtype: row.text(at: 10), confidence: row.text(at: 11), knownSender: row.text(at: 13),
        issues: (row.text(at: 12) ?? "").split(separator: " ").map(String.init))
    }
    guard let found else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    return found
  }
}
