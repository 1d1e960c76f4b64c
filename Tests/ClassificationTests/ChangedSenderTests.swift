import DMARC
import GRDB
import Seeds
import Testing
import Verdict

@testable import Classification
@testable import Settings
@testable import Store

/// After a declaration comes, goes or changes, only what it touches is judged; the verdicts are those of judging everything.
@Suite struct ChangedSenderTests {
  private static let domains = ["a.example", "b.example", "mail.b.example", "c.co.uk", "d.example", "e.example"]
  private static let services = ["mailer.example", "eu.mailer.example", "Desk.Example", "b.example", "bücher.example"]
  private static let hosts = ["mx.a.example", "out.mailer.example", "x.hoster.example"]

  /// A store of several organisations with mail from few addresses, so that declarations meet many of them.
  private func store(_ random: inout Seeded) throws -> ReportDatabase {
    let database = try ReportDatabase()
    for (number, domain) in Self.domains.enumerated() {
      var outcomes: [AuthenticationOutcome] = []
      var rows: [RecordRow] = []
      for index in 0..<6 {
        var outcome = AuthenticationOutcome()
        outcome.headerFrom = index == 5 ? nil : domain
        let passes = Bool.random(using: &random)
        outcome.evaluatedDKIM = passes ? .pass : .fail
        outcome.evaluatedSPF = .fail
        let signer = passes ? domain : Self.services.randomElement(using: &random)
        outcome.dkim = [
          DKIMResult(domain: signer, selector: "s", result: Bool.random(using: &random) || passes ? .pass : .fail)
        ]
        outcome.spf = [SPFResult(domain: Self.services.randomElement(using: &random), result: .pass)]
        if Bool.random(using: &random) {
          outcome.reasons = [OverrideReason(type: .localPolicy, comment: "arc=pass remote-ip[1]=192.0.2.7")]
        }
        outcomes.append(outcome)
        rows.append(
          RecordRow(
            source: IPAddress(v4: 0xc000_0200 + UInt32.random(in: 0..<16, using: &random)),
            messages: Int64.random(in: 1...60, using: &random), outcome: index, envelopeTo: nil))
      }
      try store(number, domain, RecordBatch(rows: rows, outcomes: outcomes, envelopeTos: []), database)
    }
    try database.withFlows { flows in
      let sources = try Int64.fetchAll(flows.db, sql: "SELECT id FROM source")
      for (index, source) in sources.enumerated() {
        try flows.db.execute(
          sql: "INSERT INTO source_host (source_id, host, looked_up_at) VALUES (?, ?, 1)",
          arguments: [source, index % 4 == 3 ? nil : Self.hosts[index % 4]])
      }
    }
    return database
  }

  private func store(_ number: Int, _ domain: String, _ batch: RecordBatch, _ database: ReportDatabase) throws {
    var head = ReportHead()
    head.policy.domain = domain
    head.policy.p = RequestedPolicy.none
    let begin: Int64 = 1_790_812_800
    let report = IncomingReport(
      identity: ReportIdentity(
        reporter: "r", reportID: "\(number)", policyDomain: try Made.name(domain), begin: begin, end: begin + 86_399),
      head: head, warnings: [], sha256: Array(repeating: UInt8(number), count: 32), rows: batch.rows.count,
      messages: batch.rows.reduce(0) { $0 + $1.messages }, droppedRows: 0, origin: "file.xml")
    try database.withWriter(now: begin + 100_000) { writer in
      try writer.begin()
      _ = try writer.store(report, batch)
      try writer.commit()
    }
  }

  private func declaration(_ random: inout Seeded) throws -> KnownSender {
    var sender = KnownSender(
      name: "sender \(Int.random(in: 0..<4, using: &random))",
      kind: KnownSender.Kind.allCases.randomElement(using: &random) ?? .own)
    if Bool.random(using: &random) {
      let address = IPAddress(v4: 0xc000_0200 + UInt32.random(in: 0..<16, using: &random))
      sender.networks = [try #require(CIDR(address, length: Int.random(in: 28...32, using: &random)))]
    }
    if Bool.random(using: &random) {
      sender.domains = [try Made.name(Self.services.randomElement(using: &random) ?? "")]
    }
    if Bool.random(using: &random) { sender.hosts = [try Made.name("mailer.example")] }
    if Bool.random(using: &random) {
      sender.onlyFor = [try Made.name(Self.domains.randomElement(using: &random) ?? "")]
    }
    return sender
  }

  private func verdicts(_ database: ReportDatabase) throws -> [String] {
    try database.readFlows { flows in
      try String.fetchAll(
        flows.db,
        sql: """
          SELECT id || ' ' || verdict || ' ' || subtype || ' ' || confidence || ' ' || rule || ' ' || unknown_ip || ' '
            || coalesce(issues, '') || ' ' || coalesce(known_sender_id, '') FROM flow ORDER BY id
          """)
    }
  }

  @Test(arguments: 1...25) func theVerdictsAreThoseOfJudgingEverything(seed: Int) throws {
    var random = Seeded("changed senders \(seed)")
    let database = try store(&random)
    try Classifier(Configuration(), database).refresh(database)
    for _ in 0..<8 {
      if Int.random(in: 0..<3, using: &random) == 0 {
        _ = try database.removeSender(named: "sender \(Int.random(in: 0..<4, using: &random))")
      } else {
        do { try database.declare(try declaration(&random)) } catch let error as StoreError {
          #expect(error.kind == .wrongUsage)
        }
      }
      try Classifier(Configuration(), database).refresh(database)
      let incremental = try verdicts(database)
      let outcome = try Classifier(Configuration(), database).refresh(database, all: true)
      #expect(outcome.changed == 0)
      #expect(try verdicts(database) == incremental)
    }
  }

  @Test func onlyTheOrganisationsThatADeclarationTouchesAreJudged() throws {
    let database = try ReportDatabase()
    try Made.store(1, from: "a.example", source: 0xc000_0201, in: database)
    try Made.store(2, from: "b.example", source: 0xc000_0202, in: database)
    try Classifier(Configuration(), database).refresh(database)
    func refresh() throws -> Int { try Classifier(Configuration(), database).refresh(database).organisations }
    try database.declare(try Made.sender("One", "192.0.2.1"))
    #expect(try refresh() == 1)
    var scoped = try Made.sender("Both", "192.0.2.0/24")
    scoped.onlyFor = [try Made.name("b.example")]
    try database.declare(scoped)
    #expect(try refresh() == 1)
    #expect(try database.matches(ofSender: "Both")?.headerFroms == ["b.example"])
    #expect(try database.removeSender(named: "One"))
    #expect(try refresh() == 1)
    try database.declare(try Made.sender("Nobody", "203.0.113.1"))
    #expect(try refresh() == 0)
  }

  @Test func unchangedSendersOfTheConfigurationStay() throws {
    let database = try ReportDatabase()
    let (one, other) = (try Made.sender("One"), try Made.sender("Other"))
    try database.setConfiguredSenders([one, other])
    let before = try database.knownSenders()
    try database.setConfiguredSenders([one])
    try database.setConfiguredSenders([one, try Made.sender("Third")])
    #expect(try database.knownSenders().first == before.first)
    #expect(try database.knownSenders().map(\.sender.name) == ["One", "Third"])
  }
}
