import DMARC
import Foundation
import Store
import Testing

/// Reports for tests of the store.
struct ReportMaker {
  var id = "1"
  var content: UInt8 = 1
  var begin: Int64 = 1_790_812_800
  var domain = "example.com"
  var warnings: [ReportWarning] = []
  /// Messages of the record that passes.
  var messages: Int64 = 5
  /// Comment of a `local_policy` reason on the record that passes.
  var comment: String?
  /// From domain and signing domain of the records.
  var from = "example.com"
  /// The fields of RFC 9990 in the published policy.
  var testing: String?
  var discoveryMethod: String?

  var batch: RecordBatch {
    var pass = AuthenticationOutcome()
    pass.disposition = Disposition.none
    pass.evaluatedDKIM = .pass
    pass.evaluatedSPF = .fail
    pass.headerFrom = from == "example.com" ? "Example.COM" : from
    pass.dkim = [DKIMResult(domain: from, selector: "s1", result: .pass)]
    pass.spf = [SPFResult(domain: "forward.example", result: .pass)]
    if let comment { pass.reasons = [OverrideReason(type: .localPolicy, comment: comment)] }
    var fail = AuthenticationOutcome()
    fail.disposition = .reject
    fail.evaluatedDKIM = .fail
    fail.evaluatedSPF = .fail
    fail.headerFrom = from
    fail.envelopeFrom = ""
    return RecordBatch(
      rows: [
        RecordRow(source: IPAddress(v4: 0xc000_0201), messages: messages, outcome: 0, envelopeTo: 0),
        RecordRow(source: IPAddress(v6: 0x2001_0db8_0000_0000, 1), messages: 3, outcome: 1, envelopeTo: nil),
      ], outcomes: [pass, fail], envelopeTos: ["To.example"])
  }

  var report: IncomingReport {
    get throws {
      var head = ReportHead()
      head.policy.domain = domain
      head.policy.p = .reject
      head.policy.testing = testing
      head.policy.discoveryMethod = discoveryMethod
      let identity = ReportIdentity(
        reporter: "r", reportID: id, policyDomain: try #require(DomainName(domain)), begin: begin, end: begin + 86_399)
      return IncomingReport(
        identity: identity, head: head, warnings: warnings, sha256: Array(repeating: content, count: 32), rows: 2,
        messages: messages + 3,
        droppedRows: 0, origin: "file.xml")
    }
  }
}

extension ReportDatabase {
  /// Stores reports in one transaction.
  func store(_ makers: [ReportMaker]) throws -> [StoringOutcome] {
    try withWriter(now: 1_791_000_000) { writer in
      try writer.begin()
      let outcomes = try makers.map { try writer.store($0.report, $0.batch) }
      try writer.commit()
      return outcomes
    }
  }

  /// All records as `column: value` texts.
  func allRecords(_ filter: RecordFilter = RecordFilter()) throws -> [[String: StoredValue]] {
    var result: [[String: StoredValue]] = []
    let names = try recordColumns()
    try records(filter) { result.append(Dictionary(uniqueKeysWithValues: zip(names, $0))) }
    return result
  }
}

@Suite struct StoreTests {
  @Test func recordsAreRoundTripped() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    let rows = try database.allRecords()
    #expect(rows.count == 2)
    let first = rows[0]
    #expect(first["source_ip"] == .text("192.0.2.1"))
    #expect(first["messages"] == .integer(5))
    #expect(first["header_from"] == .text("example.com"))
    #expect(first["envelope_from"] == .null)
    #expect(first["envelope_to"] == .text("to.example"))
    #expect(first["dkim_aligned"] == .integer(1))
    #expect(first["spf_aligned"] == .integer(0))
    #expect(first["dmarc_pass"] == .integer(1))
    #expect(first["day"] == .text("2026-10-01"))
    #expect(
      first["dkim_results"] == .text(#"[{"domain":"example.com","selector":"s1","result":"pass","human_result":null}]"#)
    )
    #expect(rows[1]["source_ip"] == .text("2001:db8::1"))
    #expect(rows[1]["envelope_from"] == .text(""))
    #expect(rows[1]["reasons"] == .text("[]"))
    #expect(rows[1]["disposition"] == .text("reject"))
  }

  @Test func duplicatesAreNotCounted() throws {
    let database = try ReportDatabase()
    let first = try database.store([ReportMaker()])
    #expect(first == [.ingested(1)])
    #expect(try database.store([ReportMaker()]) == [.duplicate(1)])
    // The same content under another identity, for example with a name from another file name.
    #expect(try database.store([ReportMaker(id: "other")]) == [.duplicate(1)])
    // Same identity, same rows, other bytes: a copy.
    #expect(try database.store([ReportMaker(content: 4)]) == [.duplicate(1)])
    // Same identity, different rows: the first report is kept.
    #expect(try database.store([ReportMaker(content: 2, messages: 6)]) == [.conflict(1)])
    // The same id for another period is a different report.
    #expect(try database.store([ReportMaker(content: 3, begin: 1_790_899_200)]) == [.ingested(2)])
    let info = try database.info()
    #expect((info.reports, info.messages, info.conflicts, info.sources) == (2, 16, 1, 2))
  }

  @Test func longReportIsCommittedCompletelyOrNotAtAll() throws {
    let database = try ReportDatabase()
    let maker = ReportMaker()
    try database.withWriter(now: 0) { writer in
      try writer.begin()
      try writer.addRows(maker.batch, of: maker.report.identity, maker.report.head)
      try writer.discardRows()
      #expect(try writer.store(ReportMaker(id: "2", content: 2).report, maker.batch) == .ingested(1))
      try writer.addRows(maker.batch, of: maker.report.identity, maker.report.head)
      var report = try maker.report
      (report.rows, report.messages) = (4, 16)
      #expect(try writer.store(report, maker.batch) == .ingested(2))
      try writer.commit()
    }
    #expect(try database.info().records == 6)
    #expect(try database.check() == [])
  }

  @Test func duplicateLongReport() throws {
    let database = try ReportDatabase()
    let maker = ReportMaker()
    _ = try database.store([maker])
    try database.withWriter(now: 0) { writer in
      try writer.begin()
      try writer.addRows(maker.batch, of: maker.report.identity, maker.report.head)
      #expect(try writer.store(maker.report, maker.batch) == .duplicate(1))
      try writer.commit()
    }
    #expect(try database.info().records == 2)
  }

  @Test func rollbackClearsTheCaches() throws {
    let database = try ReportDatabase()
    try database.withWriter(now: 0) { writer in
      try writer.begin()
      _ = try writer.store(ReportMaker().report, ReportMaker().batch)
      try writer.rollback()
      try writer.begin()
      _ = try writer.store(ReportMaker().report, ReportMaker().batch)
      try writer.commit()
    }
    #expect(try database.info().records == 2)
    #expect(try database.check() == [])
  }

  @Test func ledgerKnowsInputsByPathSizeAndTime() throws {
    let database = try ReportDatabase()
    func states(_ size: Int64, _ modified: Int64) throws -> LedgerState {
      try #require(try database.ledgerStates(of: [LedgerInput(name: "/a", size: size, modified: modified)]).first)
    }
    func record(_ item: LedgerItem) throws {
      try database.withWriter(now: 0) { writer in
        try writer.begin()
        try writer.record(LedgerInput(name: "/a", size: 10, modified: 20), [item])
        try writer.commit()
      }
    }
    guard case .new = try states(10, 20) else { throw Wrong() }
    try record(LedgerItem(member: nil, .rejected(InputError(.empty, "it is empty"), nextStep: "ask for it again")))
    guard case .rejected = try states(10, 20) else { throw Wrong() }
    #expect(try database.rejects(limit: nil).map(\.code) == ["empty"])
    try record(LedgerItem(member: nil, .notAReport(kind: "plain text")))
    guard case .done = try states(10, 20) else { throw Wrong() }
    #expect(try database.rejects(limit: nil).isEmpty)
    guard case .new = try states(11, 20), case .new = try states(10, 21) else { throw Wrong() }
  }

  @Test func pruningRemovesEverything() throws {
    let database = try ReportDatabase()
    _ = try database.store([
      ReportMaker(), ReportMaker(id: "2", content: 2, begin: 1_793_000_000, domain: "example.org"),
    ])
    let day = try #require(CalendarDay("2026-10-15"))
    #expect(try database.prunable(before: day).removed == 1)
    #expect(try database.info().reports == 2)
    #expect(try database.prune(before: day).removed == 1)
    #expect(try database.info().records == 2)
    #expect(try database.check() == [])
    #expect(try database.prune(before: day.advanced(by: 100)).removed == 1)
    #expect(try database.info().sources == 0)
  }
}

struct Wrong: Error {}
