import DMARC
import Foundation
import GRDB

/// A flow as it is judged: one source with one outcome under one policy.
public struct StoredFlow: Sendable {
  /// Row id.
  public let id: Int64
  /// The address that sent the mail.
  public let source: IPAddress
  /// Row ids, equal for flows that share outcome and policy.
  public let outcomeID, policyID: Int64
  /// What was reported.
  public let outcome: AuthenticationOutcome
  /// The policy that was published.
  public let policy: PolicyPublished
  /// Messages of all reports.
  public let messages: Int64
}

/// The verdict on a flow, in the words that are stored.
public struct StoredVerdict: Sendable {
  /// Row id of the flow.
  public var flowID: Int64
  /// What the flow means.
  public var verdict: String
  /// The verdict, more closely.
  public var subtype: String
  /// How sure the verdict is: high, medium or low.
  public var confidence: String
  /// Name of the rule that decided.
  public var rule: String
  /// Whether a person should look at the source.
  public var isUnknownIP: Bool
  /// Row id of the declared sender.
  public var knownSenderID: Int64?

  /// A verdict to be stored.
  public init(
    flowID: Int64, verdict: String, subtype: String, confidence: String, rule: String, isUnknownIP: Bool,
    knownSenderID: Int64?
  ) {
    self.flowID = flowID
    self.verdict = verdict
    self.subtype = subtype
    self.confidence = confidence
    self.rule = rule
    self.isUnknownIP = isUnknownIP
    self.knownSenderID = knownSenderID
  }
}

/// Reads flows for judging. Lives inside one transaction; keeps outcomes and policies that it has decoded.
public final class FlowStore {
  private let db: Database
  private var outcomes: [Int64: AuthenticationOutcome] = [:]
  private var policies: [Int64: PolicyPublished] = [:]

  /// Which flows to read.
  public enum Scope: Sendable {
    case all
    /// Those not judged yet, and those of reports stored after the one with this row id.
    case new(sinceReport: Int64)
    /// Those of one source.
    case source(IPAddress)
  }

  init(_ db: Database) { self.db = db }

  /// Hands over the flows one by one, in the order of their ids, a few thousand rows in memory at a time.
  public func forEach(_ scope: Scope, dkimAlignedOnly: Bool = false, _ body: (StoredFlow) throws -> Void) throws {
    let (condition, arguments) = Self.condition(scope)
    var last: Int64 = 0
    while true {
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT flow.id, source.address, flow.outcome_id, flow.policy_id,
            (SELECT coalesce(sum(messages), 0) FROM record WHERE flow_id = flow.id) AS messages
          FROM flow JOIN source ON source.id = flow.source_id
          \(dkimAlignedOnly ? "JOIN outcome ON outcome.id = flow.outcome_id AND outcome.dkim_aligned" : "")
          WHERE flow.id > ? AND \(condition) ORDER BY flow.id LIMIT 4000
          """, arguments: [last] + arguments)
      // By position: looking columns up by name takes longer than all the rest.
      for row in rows {
        guard let source = try row.withUnsafeData(atIndex: 1, { $0.flatMap { IPAddress(networkBytes: $0) } }) else {
          continue
        }
        let (outcomeID, policyID): (Int64, Int64) = (row[2], row[3])
        try body(
          StoredFlow(
            id: row[0], source: source, outcomeID: outcomeID, policyID: policyID, outcome: outcome(outcomeID),
            policy: policy(policyID), messages: row[4]))
      }
      guard let final = rows.last else { return }
      last = final[0]
    }
  }

  private static func condition(_ scope: Scope) -> (String, StatementArguments) {
    switch scope {
    case .all: ("1", [])
    case .new(let report):
      (
        """
        (flow.verdict IS NULL OR flow.id IN (SELECT flow_id FROM record WHERE report_id > ?))
        """, [report]
      )
    case .source(let address): ("source.address = ?", [DatabaseBytes(address.networkBytes)])
    }
  }

  private func outcome(_ id: Int64) throws -> AuthenticationOutcome {
    if let known = outcomes[id] { return known }
    let statement = try db.cachedStatement(
      sql: """
        SELECT outcome.*, h.name AS header_from, e.name AS envelope_from FROM outcome
        LEFT JOIN domain AS h ON h.id = header_from_id LEFT JOIN domain AS e ON e.id = envelope_from_id
        WHERE outcome.id = ?
        """)
    var outcome = AuthenticationOutcome()
    if let row = try Row.fetchOne(statement, arguments: [id]) {
      outcome.disposition = (row["disposition"] as String?).flatMap(Disposition.init)
      outcome.evaluatedDKIM = (row["evaluated_dkim"] as String?).flatMap(AlignedResult.init)
      outcome.evaluatedSPF = (row["evaluated_spf"] as String?).flatMap(AlignedResult.init)
      outcome.headerFrom = row["header_from"]
      outcome.envelopeFrom = row["envelope_from"]
      outcome.dkim = try OutcomeColumns.dkim(row["dkim_results"])
      outcome.spf = try OutcomeColumns.spf(row["spf_results"])
      outcome.reasons = try OutcomeColumns.reasons(row["reasons"])
      outcome.extensionXML = row["extension"]
    }
    if outcomes.count >= 10_000 { outcomes.removeAll() }
    outcomes[id] = outcome
    return outcome
  }

  private func policy(_ id: Int64) throws -> PolicyPublished {
    if let known = policies[id] { return known }
    let statement = try db.cachedStatement(
      sql: "SELECT policy.*, domain.name AS domain FROM policy JOIN domain ON domain.id = domain_id WHERE policy.id = ?"
    )
    var policy = PolicyPublished()
    if let row = try Row.fetchOne(statement, arguments: [id]) {
      policy.domain = row["domain"]
      policy.adkim = (row["adkim"] as String?).flatMap(AlignmentMode.init)
      policy.aspf = (row["aspf"] as String?).flatMap(AlignmentMode.init)
      policy.p = (row["p"] as String?).flatMap(RequestedPolicy.init)
      policy.sp = (row["sp"] as String?).flatMap(RequestedPolicy.init)
    }
    policies[id] = policy
    return policy
  }

  /// Messages of every record with its day and flow, for the days of the reports stored after the one with this row id.
  public func forEachDay(sinceReport report: Int64, _ body: (_ day: Int64, _ flow: Int64, _ messages: Int64) -> Void)
    throws
  {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT report.day, record.flow_id, record.messages
        FROM report JOIN record ON record.report_id = report.id
        WHERE report.day IN (SELECT DISTINCT day FROM report WHERE id > ?)
        """, arguments: [report])
    while let row = try rows.next() { body(row[0], row[1], row[2]) }
  }

  /// Stores verdicts.
  public func store(_ verdicts: [StoredVerdict]) throws {
    let statement = try RawStatement(
      db,
      """
      UPDATE flow SET verdict = ?, subtype = ?, confidence = ?, rule = ?, unknown_ip = ?, known_sender_id = ?
      WHERE id = ?
      """)
    for verdict in verdicts {
      statement.bind(verdict.verdict, at: 1)
      statement.bind(verdict.subtype, at: 2)
      statement.bind(verdict.confidence, at: 3)
      statement.bind(verdict.rule, at: 4)
      statement.bind(Int64(verdict.isUnknownIP ? 1 : 0), at: 5)
      statement.bind(verdict.knownSenderID, at: 6)
      statement.bind(verdict.flowID, at: 7)
      try statement.run()
    }
  }

  /// Row id of the newest report; 0 where there is none.
  public func newestReport() throws -> Int64 { try Int64.fetchOne(db, sql: "SELECT max(id) FROM report") ?? 0 }

  /// A note kept in the database.
  public func setting(_ key: String) throws -> String? {
    try String.fetchOne(db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [key])
  }

  /// Keeps a note in the database.
  public func set(_ key: String, _ value: String) throws {
    try db.execute(
      sql: "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      arguments: [key, value])
  }
}

extension ReportDatabase {
  /// Reads flows for judging, and stores verdicts, in one transaction.
  /// - Throws: ``StoreError``.
  public func withFlows<Value>(_ body: (FlowStore) throws -> Value) throws(StoreError) -> Value {
    try write { try body(FlowStore($0)) }
  }

  /// Reads flows without the right to change them.
  /// - Throws: ``StoreError``.
  public func readFlows<Value>(_ body: (FlowStore) throws -> Value) throws(StoreError) -> Value {
    try read { try body(FlowStore($0)) }
  }
}
