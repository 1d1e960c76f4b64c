import DMARC
import Foundation
import GRDB
import Seeds
import Testing

@testable import Classification
@testable import Settings
@testable import Store

/// A random history of reports on several organisations, and changes to it.
struct MadeHistory {
  static let begin: Int64 = 1_767_225_600
  private static let reporters = ["big.example", "post.example", "uni.example", "mx.example", "box.example"]
  private static let relays = ["alumni.example", "lists.example", "forward.example"]
  private static let services = ["mailer.example", "desk.example", "news.example"]
  private static let hosts = ["mx.alumni.example", "out.mailer.example", "x9.hoster.example"]

  let domains: [String]
  var random: Seeded
  private var number = 0
  private var latest: [(IncomingReport, RecordBatch)] = []
  private(set) var day = 0
  /// All reports that were made, each once.
  private(set) var reports: [(IncomingReport, RecordBatch)] = []

  /// - Parameter organisations: the number of organisations; each has two From domains.
  init(_ seed: String, organisations: Int = 4) {
    random = Seeded(seed)
    domains = (0..<organisations).flatMap { ["org\($0).example", "mail.org\($0).example"] }
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func pick<Element>(_ list: [Element]) -> Element { list[Int.random(in: 0..<list.count, using: &random)] }

  private mutating func outcome(_ domain: String) -> AuthenticationOutcome {
    var outcome = AuthenticationOutcome()
    outcome.headerFrom = chance(3) ? nil : domain
    let kind = Int.random(in: 0..<10, using: &random)
    outcome.evaluatedDKIM = kind < 6 ? .pass : .fail
    outcome.evaluatedSPF = kind < 4 ? .pass : .fail
    let selector = chance(90) ? "s\(Int.random(in: 0..<3, using: &random))" : nil
    if kind < 8 {
      outcome.dkim = [DKIMResult(domain: domain, selector: selector, result: kind < 6 ? .pass : .fail)]
    }
    if kind > 6 { outcome.dkim.append(DKIMResult(domain: pick(Self.services), selector: "k", result: .pass)) }
    let envelope = kind < 4 ? domain : pick(Self.relays + Self.services)
    outcome.spf = [SPFResult(domain: envelope, result: kind == 9 ? .fail : .pass)]
    if chance(5) { outcome.reasons = [OverrideReason(type: .forwarded, comment: nil)] }
    return outcome
  }

  private mutating func report(day: Int) throws -> (IncomingReport, RecordBatch) {
    number += 1
    let domain = pick(domains)
    let outcomes = try (0..<6).map { _ in outcome(chance(80) ? domain : try #require(domains.first)) }
    let rows = (0..<Int.random(in: 2...14, using: &random)).map { _ in
      RecordRow(
        source: IPAddress(v4: 0xc000_0200 + UInt32.random(in: 0..<24, using: &random)),
        messages: chance(10) ? Int64.random(in: 100...900, using: &random) : Int64.random(in: 1...30, using: &random),
        outcome: Int.random(in: 0..<6, using: &random), envelopeTo: chance(10) ? 0 : nil)
    }
    let (reporter, begin) = (pick(Self.reporters), Self.begin + Int64(day) * 86_400)
    let length = chance(15) ? Int64.random(in: 2...9, using: &random) : 1
    var head = ReportHead()
    head.metadata.orgName = reporter
    head.metadata.email = "noreply@\(reporter)"
    head.policy.domain = domain
    head.policy.p = chance(80) ? RequestedPolicy.none : .reject
    var mail: IncomingMessage?
    if chance(40) {
      let header = ReportMessage(from: "noreply@\(chance(80) ? reporter : "other.example")", receivedAt: begin)
      mail = IncomingMessage(header, head.metadata) { $0 }
    }
    let hash = withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) + [UInt8](repeating: 0, count: 24) }
    let report = IncomingReport(
      identity: ReportIdentity(
        reporter: reporter, reportID: "\(number)", policyDomain: try Made.name(domain), begin: begin,
        end: begin + length * 86_400 - 1),
      head: head, warnings: [], sha256: hash, rows: rows.count, messages: rows.reduce(0) { $0 + $1.messages },
      droppedRows: 0, origin: "file.xml", mail: mail, sendingOrganisation: chance(95) ? reporter : "other.example")
    let batch = RecordBatch(rows: rows, outcomes: outcomes, envelopeTos: ["Recipient.example"])
    reports.append((report, batch))
    return (report, batch)
  }

  private func now(_ day: Int) -> Int64 { Self.begin + Int64(day + 12) * 86_400 }

  mutating func store(_ reports: [(IncomingReport, RecordBatch)], in database: ReportDatabase) throws {
    try database.withWriter(now: now(day)) { writer in
      try writer.begin()
      for (report, batch) in reports { _ = try writer.store(report, batch) }
      try writer.commit()
    }
  }

  /// Stores the reports of the next day: some of them late, some twice.
  mutating func advance(_ database: ReportDatabase, reports count: Int) throws {
    var reports: [(IncomingReport, RecordBatch)] = []
    for _ in 0..<count {
      reports.append(try report(day: chance(20) ? max(0, day - Int.random(in: 1...20, using: &random)) : day))
    }
    if chance(40), let old = latest.last { reports.append(old) }
    latest = reports
    try store(reports, in: database)
    day += chance(20) ? 15 : 1
  }

  /// Changes something other than reports of a day: declarations, host names, reports that are removed or come back.
  mutating func change(_ database: ReportDatabase) throws {
    let decider = Decider(name: "u", now: now(day))
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      var sender = KnownSender(name: "sender \(Int.random(in: 0..<3, using: &random))", kind: pick([.own, .service]))
      sender.networks = [try #require(CIDR("192.0.2.\(Int.random(in: 0..<24, using: &random))/31"))]
      if chance(50) { sender.domains = [try Made.name(pick(Self.services))] }
      // A sender that was declared for all cannot be declared again for some.
      try? database.declare(sender)
    case 1: _ = try database.removeSender(named: "sender \(Int.random(in: 0..<3, using: &random))")
    case 2:
      let host = pick(Self.hosts)
      try database.withFlows { flows in
        try flows.db.execute(
          sql: """
            INSERT OR REPLACE INTO source_host (source_id, host, looked_up_at)
            SELECT id, ?, ? FROM source WHERE id % 5 = ?
            """, arguments: [host, decider.now, day % 5])
      }
    case 3:
      var selection = ReportSelection()
      selection.numbers = try database.readFlows { flows in
        [try flows.newestReport() - Int64.random(in: 0..<6, using: &random)]
      }
      _ = try database.removeReports(selection, by: decider)
    case 4:
      // A whole organisation goes.
      var selection = ReportSelection()
      let domain = try Made.name(pick(domains))
      selection.filter.domains = [domain]
      if chance(30) { _ = try database.removeReports(selection, by: decider) }
    default: _ = try database.restoreReports(nil, by: decider)
    }
  }

  /// All verdicts, by flow.
  static func verdicts(_ database: ReportDatabase) throws -> [String] {
    try database.readFlows { flows in
      try String.fetchAll(
        flows.db,
        sql: """
          SELECT id || ' ' || coalesce(verdict, '?') || ' ' || coalesce(subtype, '') || ' ' || coalesce(confidence, '')
            || ' ' || coalesce(rule, '') || ' ' || coalesce(unknown_ip, '') || ' ' || coalesce(issues, '') || ' '
            || coalesce(known_sender_id, '') FROM flow ORDER BY id
          """)
    }
  }

  /// The verdicts of a copy of the database that forgets everything about earlier runs, and is judged at once.
  static func verdictsFromNothing(_ database: ReportDatabase) throws -> [String] {
    let copy = try ReportDatabase()
    try database.queue.backup(to: copy.queue)
    try copy.withFlows { flows in
      try flows.db.execute(
        sql: """
          UPDATE flow SET verdict = NULL, subtype = NULL, confidence = NULL, rule = NULL, unknown_ip = NULL, issues = NULL,
            known_sender_id = NULL, rules_version = NULL;
          DELETE FROM setting WHERE key LIKE 'judged.%';
          DELETE FROM learned_relay; DELETE FROM judged_organisation;
          UPDATE report SET contested = 0
          """)
    }
    try Classifier(Configuration(), copy).refresh(copy, all: true)
    return try verdicts(copy)
  }
}
