import DMARC
import GRDB
import Seeds
import Testing

@testable import Store

/// Roll-ups equal the records after any change.
@Suite struct RollUpTests {
  private static let begin: Int64 = 1_790_812_800

  /// One of some addresses in three networks.
  private static func source(_ number: UInt32) -> IPAddress {
    number < 12
      ? IPAddress(v4: 0xc000_0200 + number % 2 * 256 + number) : IPAddress(v6: 0x2001_0db8_0000_0000, UInt64(number))
  }

  /// A report about one of three domains, by one of five reporters, within four months; some cover weeks, some a time that cannot be.
  private func report(_ number: Int, _ random: inout Seeded) throws -> (IncomingReport, RecordBatch) {
    var head = ReportHead()
    head.policy.domain = ["example.com", "sub.example.com", "example.org"].randomElement(using: &random)
    head.policy.p = [.none, .reject].randomElement(using: &random) ?? nil
    var begin = Self.begin + 86_400 * Int64.random(in: 0..<120, using: &random)
    if number % 17 == 0 { begin = 0 }
    if number % 23 == 0 { begin = 9_000_000_000_000_000 }
    let days: Int64 = number % 7 == 0 ? Int64.random(in: 2...40, using: &random) : 1
    var outcomes: [AuthenticationOutcome] = []
    for _ in 0..<3 {
      var outcome = AuthenticationOutcome()
      outcome.disposition = [.reject, .quarantine, Disposition.none].randomElement(using: &random)
      outcome.evaluatedDKIM = Bool.random(using: &random) ? .pass : .fail
      outcome.evaluatedSPF = Bool.random(using: &random) ? .pass : .fail
      outcome.headerFrom = head.policy.domain
      outcome.dkim = [
        DKIMResult(domain: "example.com", selector: "s1", result: [.pass, .fail].randomElement(using: &random))
      ]
      outcome.spf = [SPFResult(domain: "forward.example", result: .pass)]
      outcomes.append(outcome)
    }
    let rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      RecordRow(
        source: Self.source(.random(in: 0..<16, using: &random)),
        messages: Int64.random(in: 0..<300, using: &random), outcome: Int.random(in: 0..<3, using: &random),
        envelopeTo: Bool.random(using: &random) ? 0 : nil)
    }
    let batch = RecordBatch(rows: rows, outcomes: outcomes, envelopeTos: ["to.example"])
    let domain = try #require(DomainName(head.policy.domain ?? ""))
    let isPossible = begin > 0 && begin < 2_000_000_000
    let report = IncomingReport(
      identity: ReportIdentity(
        reporter: "r\(Int.random(in: 0..<5, using: &random))", reportID: "\(number)", policyDomain: domain,
        begin: begin,
        end: begin + days * 86_400 - 1),
      head: head, warnings: [],
      sha256: Array("\(number)".utf8) + Array(repeating: 0, count: 32 - "\(number)".utf8.count),
      rows: rows.count, messages: rows.reduce(0) { $0 + $1.messages }, droppedRows: number % 5, origin: "file.xml",
      sendingOrganisation: "receiver\(number % 3).example", isPeriodPossible: isPossible)
    return (report, batch)
  }

  private func store(_ numbers: Range<Int>, _ random: inout Seeded, in database: ReportDatabase) throws {
    let made = try numbers.map { try report($0, &random) }
    try database.withWriter(now: Self.begin + 200 * 86_400) { writer in
      try writer.begin()
      for (report, batch) in made { _ = try writer.store(report, batch) }
      try writer.commit()
    }
  }

  private func judge(_ database: ReportDatabase, _ random: inout Seeded) throws {
    try database.withFlows { flows in
      let ids = try Int64.fetchAll(flows.db, sql: "SELECT id FROM flow ORDER BY id")
      let verdicts = ids.filter { _ in Bool.random(using: &random) }.map { id in
        StoredVerdict(
          flowID: id, verdict: ["aligned", "forwarded", "unknown-unauthenticated"].randomElement(using: &random) ?? "",
          subtype: "x", confidence: "high", rule: "R1", isUnknownIP: Bool.random(using: &random), issues: [],
          knownSenderID: nil)
      }
      try flows.store(verdicts, rulesVersion: 1)
    }
  }

  /// The periods and domains that are compared.
  private static var filters: [RecordFilter] {
    let day = Self.begin / 86_400
    func filter(_ first: Int64?, _ last: Int64?, _ domains: [String] = []) -> RecordFilter {
      RecordFilter(
        domains: domains.compactMap(DomainName.init), firstDay: first.map { CalendarDay(number: day + $0) },
        lastDay: last.map { CalendarDay(number: day + $0) })
    }
    return [
      filter(nil, nil), filter(0, 30), filter(31, 60), filter(13, 77), filter(40, nil), filter(nil, 50),
      filter(nil, nil, ["example.com"]), filter(20, 45, ["example.org"]), filter(20, 45, ["nobody.example"]),
    ]
  }

  /// Compares answers with those that SQL gives from the records.
  private func compare(_ database: ReportDatabase) throws {
    #expect(try database.check() == [])
    for filter in Self.filters {
      let summary = try database.summary(filter).map {
        "\($0.domain) \($0.messages) \($0.passed) \($0.unknown) \($0.sources) \($0.reports) \($0.reporters) \($0.droppedRows)"
      }
      #expect(try summary.sorted() == database.fromRecords(Self.summaryQuery(filter)))
      let failures = try database.failures(by: .source, filter).map {
        "\($0.key) \($0.messages) \($0.blocked) \($0.unknown) \($0.reporters.count) \($0.firstDay.number) \($0.lastDay.number)"
      }
      #expect(try failures.sorted() == database.fromRecords(Self.failureQuery(filter)))
      let networks = try database.failures(by: .network, filter).map { "\($0.key) \($0.messages) \($0.sources)" }
      #expect(try networks.sorted() == database.fromRecords(Self.networkQuery(filter)))
      let senders = try database.unknownSenders(filter, severities: [], isFolded: false).lines
      var printed: [UnknownSender] = []
      let first = try database.unknownSenders(
        filter, severities: [], isFolded: false, onLine: { printed.append($0) })
      #expect(printed == senders)
      #expect(first.lines == Array(senders.prefix(1)))
      let unknown = senders.map {
        "\($0.source) \($0.messages) \($0.passed) \($0.blocked) \($0.reporters) \($0.days) \($0.firstDay.number)"
      }
      #expect(try unknown.sorted() == database.fromRecords(Self.unknownQuery(filter)))
    }
  }

  private static func networkQuery(_ filter: RecordFilter) -> SQLRequest<String> {
    """
    SELECT network(source.address) || ' ' || sum(record.messages) || ' ' || count(DISTINCT source.id)
    FROM \(Join.record) \(Join.source) WHERE NOT dmarc_pass AND \(filter.condition) GROUP BY network(source.address)
    """
  }

  private static func unknownQuery(_ filter: RecordFilter) -> SQLRequest<String> {
    """
    SELECT source.text || ' ' || sum(record.messages) || ' '
      || sum(CASE WHEN dmarc_pass THEN record.messages ELSE 0 END) || ' '
      || sum(CASE WHEN outcome.disposition IN ('quarantine', 'reject') THEN record.messages ELSE 0 END) || ' '
      || count(DISTINCT report.reporter_id) || ' ' || count(DISTINCT report.day) || ' '
      || min(min(days.first), min(period.first))
    FROM \(Join.record) \(Join.source) JOIN (
      SELECT flow.source_id, \(Aggregate.firstDay) AS first FROM \(Join.record)
      WHERE flow.kind_id IS NOT NULL GROUP BY 1
    ) AS days ON days.source_id = source.id JOIN (
      SELECT flow.source_id, \(Aggregate.firstDay) AS first FROM \(Join.record)
      WHERE flow.unknown_ip AND \(filter.condition) GROUP BY 1
    ) AS period ON period.source_id = source.id
    WHERE flow.unknown_ip AND \(filter.condition) GROUP BY source.id
    """
  }

  private static func summaryQuery(_ filter: RecordFilter) -> SQLRequest<String> {
    """
    SELECT domain.name || ' ' || coalesce(sum(messages), 0) || ' ' || coalesce(sum(passed), 0) || ' '
      || coalesce(sum(unknown), 0) || ' ' || (SELECT count(DISTINCT flow.source_id) FROM \(Join.record)
        WHERE report.policy_domain_id = domain.id AND \(filter.condition))
      || ' ' || sum(selected) || ' ' || count(DISTINCT CASE WHEN selected THEN reporter_id END) || ' '
      || sum(selected * dropped_rows)
    FROM (
      SELECT report.policy_domain_id, report.reporter_id, report.dropped_rows, \(filter.condition) AS selected,
        (SELECT sum(record.messages) FROM record WHERE report_id = report.id AND \(filter.condition)) AS messages,
        (SELECT sum(record.messages) FROM record JOIN flow ON flow.id = flow_id JOIN outcome ON outcome.id = outcome_id
          WHERE report_id = report.id AND dmarc_pass AND \(filter.condition)) AS passed,
        (SELECT sum(record.messages) FROM record JOIN flow ON flow.id = flow_id
          WHERE report_id = report.id AND unknown_ip AND \(filter.condition)) AS unknown
      FROM report WHERE \(filter.overlapping)
    ) AS reports JOIN domain ON domain.id = policy_domain_id GROUP BY domain.id ORDER BY 1
    """
  }

  private static func failureQuery(_ filter: RecordFilter) -> SQLRequest<String> {
    """
    SELECT source.text || ' ' || sum(record.messages) || ' '
      || sum(CASE WHEN outcome.disposition IN ('quarantine', 'reject') THEN record.messages ELSE 0 END) || ' '
      || sum(CASE WHEN flow.unknown_ip THEN record.messages ELSE 0 END) || ' '
      || count(DISTINCT report.reporter_id) || ' ' || min(days.first) || ' ' || min(days.last)
    FROM \(Join.record) \(Join.source) JOIN (
      SELECT flow.source_id, \(Aggregate.firstDay) AS first, \(Aggregate.lastDay) AS last FROM \(Join.record)
      WHERE NOT dmarc_pass AND \(filter.condition) GROUP BY 1
    ) AS days ON days.source_id = source.id
    WHERE NOT dmarc_pass AND \(filter.condition) GROUP BY source.id
    """
  }

  @Test(arguments: 1...8) func answersAreThoseOfTheRecords(seed: Int) throws {
    var random = Seeded("roll-ups \(seed)")
    let database = try ReportDatabase()
    try store(1..<40, &random, in: database)
    try compare(database)
    try judge(database, &random)
    try compare(database)
    try store(40..<70, &random, in: database)
    try judge(database, &random)
    try compare(database)
    let decider = Decider(name: "a", now: Self.begin)
    var selection = ReportSelection()
    selection.numbers = [3, 11, 20, 21, 22]
    _ = try database.removeReports(selection, by: decider)
    try compare(database)
    _ = try database.restoreReports([11, 21], by: decider)
    try compare(database)
    try database.withFlows { flows in
      for report in Int64(25)...40 { try flows.set(contested: report % 2 == 0, ofReport: report) }
    }
    try compare(database)
    _ = try database.prune(before: CalendarDay(number: Self.begin / 86_400 + 30))
    try compare(database)
  }

  @Test func damageIsFoundAndRepaired() throws {
    var random = Seeded("damage")
    let database = try ReportDatabase()
    try store(1..<30, &random, in: database)
    let changes = [
      "UPDATE flow_month SET messages = messages + 1", "DELETE FROM flow_month", "DELETE FROM domain_month",
      "DELETE FROM report_month", "UPDATE recipient SET row_count = row_count + 1",
      "UPDATE flow SET verdict = 'aligned'",
      "UPDATE domain_month SET detail = x'010101'",
    ]
    for change in changes {
      try database.queue.write { try $0.execute(sql: change) }
      #expect(try !database.check().isEmpty, "\(change)")
      try database.repair()
      #expect(try database.check() == [], "\(change)")
    }
    try compare(database)
  }

  @Test func aFillThatWasInterruptedIsContinued() throws {
    var random = Seeded("fill")
    let database = try ReportDatabase()
    try store(1..<30, &random, in: database)
    try database.queue.write { try RollUpFill.reset($0) }
    struct Interruption: Error {}
    #expect(throws: Interruption.self) {
      try RollUpFill.run(database.queue, step: 5) { share in
        if share > 0.3 { throw Interruption() }
      }
    }
    #expect(try database.queue.read { try RollUpFill.isComplete($0) } == false)
    try RollUpFill.run(database.queue, step: 5)
    try compare(database)
  }
}

extension ReportDatabase {
  fileprivate func fromRecords(_ request: SQLRequest<String>) throws -> [String] {
    try read { try request.fetchAll($0) }.sorted()
  }
}
