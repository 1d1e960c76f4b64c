import DMARC
import GRDB

/// Finds or adds the rows of values that repeat, and caches their ids.
///
/// The cache is valid as long as no other connection changes the database and no transaction is rolled back; after that, call ``forget()``.
final class Interning {
  private struct FlowKey: Hashable {
    var source, outcome, policy: Int64
  }

  // Bounded in entries and bytes, so that memory is bounded for any number of addresses and any length of texts.
  private var reporters = IDCache<String>()
  private var sendingOrganisations = IDCache<String>()
  private var domains = IDCache<String>()
  private var policies = IDCache<PolicyPublished>()
  private var outcomes = IDCache<AuthenticationOutcome>(entries: 4_000)
  private var sources = IDCache<IPAddress>()
  private var flows = IDCache<FlowKey>()
  /// What was added to the database so far, as ``StoredBytes`` estimates it.
  private(set) var storedBytes: Int64 = 0

  private let db: Database
  private let findSource, addSource, findFlow, addFlow: RawStatement
  private let findDomain, addDomain: RawStatement
  private let findPolicy, findOutcome, addOutcome, findReporter: RawStatement

  init(_ db: Database) throws {
    self.db = db
    findSource = try RawStatement(db, "SELECT id FROM source WHERE address = ?")
    addSource = try RawStatement(db, "INSERT INTO source (address, text) VALUES (?, ?)")
    findFlow = try RawStatement(db, "SELECT id FROM flow WHERE source_id = ? AND outcome_id = ? AND policy_id = ?")
    addFlow = try RawStatement(db, "INSERT OR IGNORE INTO flow (source_id, outcome_id, policy_id) VALUES (?, ?, ?)")
    findDomain = try RawStatement(db, "SELECT id FROM domain WHERE name = ?")
    addDomain = try RawStatement(db, "INSERT INTO domain (name) VALUES (?)")
    findReporter = try RawStatement(db, "SELECT id FROM reporter WHERE name = ?")
    findPolicy = try RawStatement(db, "SELECT id FROM policy WHERE key = ?")
    findOutcome = try RawStatement(db, "SELECT id FROM outcome WHERE key = ?")
    addOutcome = try RawStatement(
      db,
      """
      INSERT INTO outcome (key, disposition, dkim_aligned, spf_aligned, dmarc_pass, header_from_id, envelope_from_id,
        evaluated_dkim, evaluated_spf, dkim_results, spf_results, reasons, extension, evaluation)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  func forget() {
    reporters.clear()
    sendingOrganisations.clear()
    domains.clear()
    policies.clear()
    outcomes.clear()
    sources.clear()
    flows.clear()
  }

  func reporter(_ name: String) throws -> Int64 {
    if let id = reporters[name] { return id }
    findReporter.bind(name, at: 1)
    let id = try findReporter.firstInteger() ?? insertReporter(name)
    reporters.remember(id, for: name, weight: name.utf8.count)
    return id
  }

  func sendingOrganisation(_ name: String) throws -> Int64 {
    if let id = sendingOrganisations[name] { return id }
    let id = try ReportOrigins.organisation(name, in: db)
    sendingOrganisations.remember(id, for: name, weight: name.utf8.count)
    return id
  }

  private func insertReporter(_ name: String) throws -> Int64 {
    try db.execute(sql: "INSERT INTO reporter (name) VALUES (?)", arguments: [name])
    storedBytes += StoredBytes.unique(name)
    return db.lastInsertedRowID
  }

  /// The row of a folded name; an empty one is the null sender.
  func domain(_ name: String) throws -> Int64 {
    if let id = domains[name] { return id }
    findDomain.bind(name, at: 1)
    let id = try findDomain.firstInteger() ?? insertDomain(name)
    domains.remember(id, for: name, weight: name.utf8.count)
    return id
  }

  private func insertDomain(_ name: String) throws -> Int64 {
    addDomain.bind(name, at: 1)
    storedBytes += StoredBytes.unique(name)
    return try addDomain.insert()
  }

  func source(_ address: IPAddress) throws -> Int64 {
    if let id = sources[address] { return id }
    let bytes = address.networkBytes
    findSource.bind(bytes, at: 1)
    let id = try findSource.firstInteger() ?? insertSource(address, bytes)
    sources.remember(id, for: address)
    return id
  }

  private func insertSource(_ address: IPAddress, _ bytes: [UInt8]) throws -> Int64 {
    storedBytes += StoredBytes.source
    addSource.bind(bytes, at: 1)
    addSource.bind(address.description, at: 2)
    return try addSource.insert()
  }

  func flow(source: Int64, outcome: Int64, policy: Int64) throws -> Int64 {
    let key = FlowKey(source: source, outcome: outcome, policy: policy)
    if let id = flows[key] { return id }
    for statement in [addFlow, findFlow] {
      statement.bind(source, at: 1)
      statement.bind(outcome, at: 2)
      statement.bind(policy, at: 3)
    }
    // Most flows that are not in the cache are new, and adding one looks for it anyway.
    let added = try addFlow.insertIfNew()
    if added != nil { storedBytes += StoredBytes.flow }
    guard let id = try added ?? findFlow.firstInteger() else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    flows.remember(id, for: key)
    return id
  }

  func policy(_ policy: PolicyPublished, domain: DomainName) throws -> Int64 {
    var canonical = policy
    canonical.domain = domain.name
    if let id = policies[canonical] { return id }
    let form = policy.form(for: domain).bytes
    findPolicy.bind(CanonicalHash(of: form), at: 1)
    let id = try findPolicy.firstInteger() ?? insert(canonical, form, domainID: self.domain(domain.name))
    policies.remember(id, for: canonical, weight: form.count)
    return id
  }

  private func insert(_ policy: PolicyPublished, _ form: [UInt8], domainID: Int64) throws -> Int64 {
    storedBytes += StoredBytes.keyed(form)
    try db.execute(
      sql: """
        INSERT INTO policy (key, domain_id, adkim, aspf, p, sp, np, pct, fo, testing, discovery_method)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        DatabaseBytes(CanonicalHash(of: form).bytes), domainID, policy.adkim?.rawValue, policy.aspf?.rawValue,
        policy.p?.rawValue, policy.sp?.rawValue,
        policy.np?.rawValue, policy.pct, policy.fo, policy.testing, policy.discoveryMethod,
      ])
    return db.lastInsertedRowID
  }

  func outcome(_ reported: AuthenticationOutcome) throws -> Int64 {
    if let id = outcomes[reported] { return id }
    let canonical = reported.canonical
    let form = canonical.form.bytes
    let key = CanonicalHash(of: form)
    findOutcome.bind(key, at: 1)
    let id = try findOutcome.firstInteger() ?? insert(canonical, key, form)
    outcomes.remember(id, for: reported, weight: form.count)
    return id
  }

  private func insert(
    _ outcome: AuthenticationOutcome, _ key: CanonicalHash, _ form: [UInt8]
  ) throws -> Int64 {
    storedBytes += StoredBytes.keyed(form)
    let headerFrom = try outcome.headerFrom.map { try domain($0) }
    let envelopeFrom = try outcome.envelopeFrom.map { try domain($0) }
    addOutcome.bind(key, at: 1)
    addOutcome.bind(outcome.disposition?.rawValue, at: 2)
    addOutcome.bind(outcome.evaluatedDKIM == .pass ? 1 : 0 as Int64, at: 3)
    addOutcome.bind(outcome.evaluatedSPF == .pass ? 1 : 0 as Int64, at: 4)
    addOutcome.bind(outcome.passesDMARC ? 1 : 0 as Int64, at: 5)
    addOutcome.bind(headerFrom, at: 6)
    addOutcome.bind(envelopeFrom, at: 7)
    addOutcome.bind(outcome.evaluatedDKIM?.rawValue, at: 8)
    addOutcome.bind(outcome.evaluatedSPF?.rawValue, at: 9)
    addOutcome.bind(OutcomeColumns.json { $0.dkimResults(outcome.dkim) }, at: 10)
    addOutcome.bind(OutcomeColumns.json { $0.spfResults(outcome.spf) }, at: 11)
    addOutcome.bind(OutcomeColumns.json { $0.reasons(outcome.reasons) }, at: 12)
    addOutcome.bind(outcome.extensionXML, at: 13)
    addOutcome.bind(outcome.evaluation.rawValue, at: 14)
    return try addOutcome.insert()
  }
}
