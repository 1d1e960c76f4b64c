package import DMARC
import GRDB

/// Reads flows for classification, by From domain, and stores verdicts. Valid within one transaction.
package final class FlowStore {
  let db: Database
  private var outcomes: [Int64: AuthenticationOutcome] = [:]
  private var policies: [Int64: PolicyPublished] = [:]
  private var outcomeBytes = 0
  private var dkimLists = StoredLists(OutcomeColumns.dkim)
  private var spfLists = StoredLists(OutcomeColumns.spf)
  private var statements: [String: RawStatement] = [:]
  private var outcomeStatement: RawStatement?
  private var openRollUps: RollUpWriter?
  private var knownKinds: FlowKinds?
  let groupDays = GroupDays()
  private var sourceStatement: RawStatement?
  /// Flows are read outcome by outcome, and callers store what they derive from them, so a few are enough.
  private static let mostOutcomes = 2_000
  private static let mostOutcomeBytes = 4 << 20
  private static let mostPolicies = 10_000

  init(_ db: Database) { self.db = db }

  /// The roll-ups, which change with verdicts and with what is known about reports.
  var rollUps: RollUpWriter {
    get throws {
      if let openRollUps { return openRollUps }
      let rollUps = try RollUpWriter(db)
      openRollUps = rollUps
      return rollUps
    }
  }

  /// A statement with this text, prepared once: several organisations may be read in one transaction. It must not be used again while its
  /// rows are being read.
  func statement(_ sql: String) throws -> RawStatement {
    if let known = statements[sql] { return known }
    let statement = try RawStatement(db, sql)
    statements[sql] = statement
    return statement
  }

  /// The kinds of flows.
  var kinds: FlowKinds {
    get throws {
      // Only the roll-ups of this store can add kinds before the end of the transaction.
      if openRollUps == nil, let knownKinds { return knownKinds }
      let kinds = try FlowKinds(db)
      knownKinds = kinds
      return kinds
    }
  }

  /// Brings the roll-ups up to date before the commit.
  func flush() throws { try openRollUps?.flush() }

  /// The From domains of all outcomes, with their row ids; 0 and an empty name stand for records without one.
  /// - Parameter organisations: only domains equal to one of these or below it, and the empty one; nil for all.
  package func headerFroms(under organisations: [String]? = nil) throws -> [(id: Int64, name: String)] {
    let condition: SQL =
      organisations.map { names in
        """
        domain.id IS NULL OR EXISTS (SELECT 1 FROM \(SQL.list(names)) AS parent WHERE domain.name = parent.value
          OR substr(domain.name, -length(parent.value) - 1) = '.' || parent.value)
        """
      } ?? "1"
    let request: SQLRequest<Row> = """
      SELECT coalesce(ids.id, 0), coalesce(domain.name, '')
      FROM (SELECT DISTINCT header_from_id AS id FROM outcome) AS ids LEFT JOIN domain ON domain.id = ids.id
      WHERE \(condition)
      """
    return try request.fetchAll(db).map { ($0[0], $0[1]) }
  }

  /// Names of the From domains with these row ids; empty for 0.
  package func names(ofHeaderFroms ids: Set<Int64>) throws -> [String] {
    let statement = try statement("SELECT name FROM domain WHERE id IN (SELECT value FROM json_each(?))")
    statement.bind(OutcomeColumns.list(ids), at: 1)
    var names = ids.contains(0) ? [""] : []
    try statement.eachRow { names.append($0.text(at: 0) ?? "") }
    return names
  }

  /// Row ids of the From domains of reports stored after the one with this row id.
  package func headerFroms(sinceReport report: Int64) throws -> Set<Int64> {
    try Int64.fetchSet(
      db,
      sql: """
        SELECT DISTINCT coalesce(outcome.header_from_id, 0) FROM record
        JOIN flow ON flow.id = record.flow_id JOIN outcome ON outcome.id = flow.outcome_id
        WHERE record.report_id > ?
        """, arguments: [report])
  }

  /// Row ids of the From domains of messages from this address.
  package func headerFroms(from source: IPAddress) throws -> Set<Int64> {
    try Int64.fetchSet(
      db,
      sql: """
        SELECT DISTINCT coalesce(outcome.header_from_id, 0) FROM source
        JOIN flow ON flow.source_id = source.id JOIN outcome ON outcome.id = flow.outcome_id WHERE source.address = ?
        """, arguments: [DatabaseBytes(source.networkBytes)])
  }

  /// Calls `body` with the id and these columns of each flow of these From domains, outcome by outcome. If they are a large part of all
  /// flows and have few outcomes, they come in the order in which they are stored, so that each page is read once.
  func eachFlow(of headerFroms: [Int64], _ columns: String, _ body: (RawStatement) throws -> Void) throws {
    let condition = Self.condition(headerFroms)
    let list = OutcomeColumns.list(headerFroms)
    let statement =
      try isLargePart(condition, list)
      ? try statement(
        """
        SELECT flow.id, \(columns) FROM flow NOT INDEXED CROSS JOIN outcome ON outcome.id = flow.outcome_id
        WHERE flow.outcome_id IN (SELECT id FROM outcome WHERE \(condition)) ORDER BY flow.id
        """)
      : try statement(
        """
        SELECT flow.id, \(columns) FROM outcome CROSS JOIN flow ON flow.outcome_id = outcome.id WHERE \(condition)
        """)
    statement.bind(list, at: 1)
    try statement.eachRow(body)
  }

  private func isLargePart(_ condition: String, _ list: String) throws -> Bool {
    let all = try statement("SELECT max(id) FROM flow").firstInteger() ?? 0
    guard all >= leastFlows else { return false }
    func count(_ tables: String) throws -> Int64 {
      let statement = try statement("SELECT count(*) FROM \(tables) WHERE \(condition)")
      statement.bind(list, at: 1)
      return try statement.firstInteger() ?? 0
    }
    guard try count("outcome") <= Self.fewOutcomes else { return false }
    let part = try count("outcome CROSS JOIN flow ON flow.outcome_id = outcome.id")
    return part >= leastFlows && part.multipliedClamped(by: 4) >= all
  }

  /// Fewer flows than this are looked up by outcome.
  var leastFlows: Int64 = 20_000
  /// With more outcomes, flows in the order of storage would need outcomes that the reader has already dropped.
  private static let fewOutcomes: Int64 = 10_000

  /// Calls `body` with each flow of these From domains; those of one outcome mostly follow each other.
  package func forEachFlow(of headerFroms: [Int64], _ body: (StoredFlow) throws -> Void) throws {
    try eachFlow(
      of: headerFroms,
      """
      flow.source_id, flow.outcome_id, flow.policy_id, flow.known_sender_id, flow.rules_version, flow.unknown_ip,
        flow.verdict, flow.subtype, flow.confidence, flow.rule, flow.issues
      """
    ) { row in
      try body(
        StoredFlow(
          id: row.integer(at: 0), sourceID: row.integer(at: 1), outcomeID: row.integer(at: 2),
          policyID: row.integer(at: 3), knownSenderID: row.isNull(at: 4) ? nil : row.integer(at: 4),
          verdictHash: row.isNull(at: 7) ? nil : Self.verdictHash(row)))
    }
  }

  private static func verdictHash(_ row: RawStatement) -> UInt64 {
    var hash = VerdictHash()
    for column in 7...11 as ClosedRange<Int32> { row.withBytes(at: column) { hash.add($0) } }
    hash.add(row.integer(at: 6))
    hash.add(row.integer(at: 5))
    return hash.value
  }

  /// A source by its row id; nil if there is none.
  package func source(_ id: Int64) throws -> StoredSource? {
    let statement = try sourceStatement ?? RawStatement(db, Self.sourceQuery)
    sourceStatement = statement
    statement.bind(id, at: 1)
    return try statement.first { row in
      row.withBytes(at: 0) { IPAddress(networkBytes: $0) }.map {
        StoredSource(address: $0, isHostLookedUp: !row.isNull(at: 1), host: row.text(at: 2))
      }
    } ?? nil
  }

  private static let sourceQuery = """
    SELECT address, source_host.source_id, host FROM source LEFT JOIN source_host ON source_host.source_id = source.id
    WHERE source.id = ?
    """

  /// Calls `body` with the messages of these From domains by flow, days, reporter and organisation; those of a flow in one month follow each
  /// other.
  package func forEachDay(of headerFroms: [Int64], _ body: (FlowDay) throws -> Void) throws {
    // Reports may have become contested, and verdicts stored, within this transaction.
    try flush()
    try FlowDays(self, headerFroms).forEach(body)
  }

  /// Recipient domains of messages with these From domains that passed DMARC.
  package func recipients(of headerFroms: [Int64]) throws -> [String] {
    let statement = try statement(
      """
      SELECT DISTINCT domain.name FROM recipient JOIN domain ON domain.id = domain_id
      WHERE header_from_id IN (SELECT value FROM json_each(?))
      """)
    statement.bind(OutcomeColumns.list(headerFroms), at: 1)
    var names: [String] = []
    try statement.eachRow { names.append($0.text(at: 0) ?? "") }
    return names
  }

  /// A condition on the table `outcome`, whose parameter is the From domains as a JSON array; 0 stands for records without one.
  static func condition(_ headerFroms: [Int64]) -> String {
    let absent = headerFroms.contains(0) ? " OR outcome.header_from_id IS NULL" : ""
    return "(outcome.header_from_id IN (SELECT value FROM json_each(?))\(absent))"
  }

  /// Names of the reporters by row id.
  package func reporters() throws -> [Int64: String] {
    let rows = try Row.fetchAll(db, sql: "SELECT id, name FROM reporter")
    return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as Int64, $0[1] as String) })
  }

  /// An outcome by its row id. A bounded number of them is cached.
  package func outcome(_ id: Int64) throws -> AuthenticationOutcome {
    if let known = outcomes[id] { return known }
    let statement = try outcomeStatement ?? RawStatement(db, Self.outcomeQuery)
    outcomeStatement = statement
    statement.bind(id, at: 1)
    var weight = 0
    let outcome = try statement.first { row -> AuthenticationOutcome in
      func text(_ column: Int32) -> String? {
        let text = row.text(at: column)
        weight += text?.utf8.count ?? 0
        return text
      }
      var outcome = AuthenticationOutcome()
      outcome.disposition = text(0).flatMap(Disposition.init)
      outcome.evaluatedDKIM = text(1).flatMap(AlignedResult.init)
      outcome.evaluatedSPF = text(2).flatMap(AlignedResult.init)
      outcome.headerFrom = text(3)
      outcome.envelopeFrom = text(4)
      outcome.dkim = try dkimLists.list(text(5) ?? "[]")
      outcome.spf = try spfLists.list(text(6) ?? "[]")
      outcome.reasons = try OutcomeColumns.reasons(text(7) ?? "[]")
      outcome.extensionXML = text(8)
      outcome.evaluation = text(9).flatMap(Evaluation.init) ?? .reported
      return outcome
    }
    let kept = outcome ?? AuthenticationOutcome()
    if outcomes.count >= Self.mostOutcomes || outcomeBytes + weight > Self.mostOutcomeBytes {
      outcomes.removeAll(keepingCapacity: true)
      outcomeBytes = 0
    }
    outcomes[id] = kept
    outcomeBytes += weight
    return kept
  }

  private static let outcomeQuery = """
    SELECT disposition, evaluated_dkim, evaluated_spf, h.name, e.name, dkim_results, spf_results, reasons, extension,
      evaluation
    FROM outcome LEFT JOIN domain AS h ON h.id = header_from_id LEFT JOIN domain AS e ON e.id = envelope_from_id
    WHERE outcome.id = ?
    """

  /// A policy by its row id.
  package func policy(_ id: Int64) throws -> PolicyPublished {
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
      policy.np = (row["np"] as String?).flatMap(RequestedPolicy.init)
      policy.pct = row["pct"]
      policy.fo = row["fo"]
      policy.testing = row["testing"]
      policy.discoveryMethod = row["discovery_method"]
    }
    if policies.count >= Self.mostPolicies { policies.removeAll(keepingCapacity: true) }
    policies[id] = policy
    return policy
  }

  /// Stores verdicts of a version of the rules.
  package func store(_ verdicts: [StoredVerdict], rulesVersion: Int) throws {
    let statement = try statement(
      """
      UPDATE flow SET verdict = ?, subtype = ?, confidence = ?, rule = ?, unknown_ip = ?, known_sender_id = ?, issues = ?,
        rules_version = ?, kind_id = ? WHERE id = ?
      """)
    let rollUps = try rollUps
    for verdict in verdicts {
      statement.bind(verdict.verdict, at: 1)
      statement.bind(verdict.subtype, at: 2)
      statement.bind(verdict.confidence, at: 3)
      statement.bind(verdict.rule, at: 4)
      statement.bind(Int64(verdict.isUnknownIP ? 1 : 0), at: 5)
      statement.bind(verdict.knownSenderID, at: 6)
      statement.bind(verdict.issues.isEmpty ? nil : verdict.issues.joined(separator: " "), at: 7)
      statement.bind(Int64(rulesVersion), at: 8)
      statement.bind(try rollUps.move(verdict), at: 9)
      statement.bind(verdict.flowID, at: 10)
      try statement.run()
    }
    if rollUps.isFull { try rollUps.flush() }
  }

  /// Row id of the newest report; 0 if there is none.
  package func newestReport() throws -> Int64 { try Int64.fetchOne(db, sql: "SELECT max(id) FROM report") ?? 0 }

  /// A setting of the program in the database; nil if it is not set.
  package func setting(_ key: String) throws -> String? {
    let statement = try db.cachedStatement(sql: "SELECT value FROM setting WHERE key = ?")
    return try String.fetchOne(statement, arguments: [key])
  }

  /// Changes a setting of the program in the database.
  package func set(_ key: String, _ value: String) throws {
    try db.cachedStatement(
      sql: "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    ).execute(arguments: [key, value])
  }
}

extension ReportDatabase {
  /// Reads flows and stores verdicts in one transaction.
  /// - Throws: ``StoreError``.
  package func withFlows<Value>(_ body: (FlowStore) throws -> Value) throws(StoreError) -> Value {
    try write { db in
      let store = FlowStore(db)
      let value = try body(store)
      try store.flush()
      return value
    }
  }

  /// Reads flows; `body` must not store anything.
  /// - Throws: ``StoreError``.
  package func readFlows<Value>(_ body: (FlowStore) throws -> Value) throws(StoreError) -> Value {
    try read { try body(FlowStore($0)) }
  }
}
