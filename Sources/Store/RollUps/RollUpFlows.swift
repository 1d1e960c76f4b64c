import GRDB

/// Reads what the roll-ups need to know about flows. What many flows have in common is read once.
///
/// The cache is valid as long as nothing is deleted; before that, call ``forget()``.
final class RollUpFlows {
  /// A flow with its kind, and the row ids that its roll-ups repeat.
  struct Flow {
    var kind, source, outcome, domain: Int64
    /// Row id of the From domain; 0 if there is none.
    var headerFrom: Int64
    var passesDMARC: Bool
  }

  private struct Outcome {
    var headerFrom: Int64
    var unjudged: FlowKind
    /// Row id of the kind of flows without a verdict, once it was needed.
    var unjudgedID: Int64?
  }

  private var outcomes: [Int64: Outcome] = [:]
  private var policyDomains: [Int64: Int64] = [:]
  private static let mostKnown = 4_000
  private let readFlow, readOutcome, readPolicy: RawStatement

  init(_ db: Database) throws {
    readFlow = try RawStatement(db, "SELECT kind_id, source_id, outcome_id, policy_id FROM flow WHERE id = ?")
    readOutcome = try RawStatement(
      db,
      """
      SELECT header_from_id, dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition, \(FlowKind.failedSignature)
      FROM outcome WHERE id = ?
      """)
    readPolicy = try RawStatement(db, "SELECT domain_id FROM policy WHERE id = ?")
  }

  /// Forgets what was read.
  func forget() {
    outcomes.removeAll(keepingCapacity: true)
    policyDomains.removeAll(keepingCapacity: true)
  }

  /// A flow; nil if there is none.
  /// - Parameter kindID: finds or adds the row id of a kind.
  func flow(_ id: Int64, _ kindID: (FlowKind) throws -> Int64) throws -> Flow? {
    readFlow.bind(id, at: 1)
    let found = try readFlow.first { row in
      (
        kind: row.isNull(at: 0) ? nil : row.integer(at: 0), source: row.integer(at: 1), outcome: row.integer(at: 2),
        policy: row.integer(at: 3)
      )
    }
    guard let found, let domain = try domain(ofPolicy: found.policy), let outcome = try outcome(found.outcome) else {
      return nil
    }
    return Flow(
      kind: try found.kind ?? unjudged(found.outcome, outcome, kindID), source: found.source, outcome: found.outcome,
      domain: domain, headerFrom: outcome.headerFrom, passesDMARC: outcome.unjudged.passesDMARC)
  }

  private func domain(ofPolicy id: Int64) throws -> Int64? {
    if let known = policyDomains[id] { return known }
    readPolicy.bind(id, at: 1)
    guard let domain = try readPolicy.firstInteger() else { return nil }
    if policyDomains.count >= Self.mostKnown { policyDomains.removeAll(keepingCapacity: true) }
    policyDomains[id] = domain
    return domain
  }

  private func outcome(_ id: Int64) throws -> Outcome? {
    if let known = outcomes[id] { return known }
    readOutcome.bind(id, at: 1)
    let outcome = try readOutcome.first { row in
      Outcome(headerFrom: row.integer(at: 0), unjudged: FlowKind(unjudged: row, from: 1))
    }
    if outcomes.count >= Self.mostKnown { outcomes.removeAll(keepingCapacity: true) }
    outcomes[id] = outcome
    return outcome
  }

  private func unjudged(_ id: Int64, _ outcome: Outcome, _ kindID: (FlowKind) throws -> Int64) throws -> Int64 {
    if let known = outcome.unjudgedID { return known }
    let kind = try kindID(outcome.unjudged)
    outcomes[id]?.unjudgedID = kind
    return kind
  }
}
