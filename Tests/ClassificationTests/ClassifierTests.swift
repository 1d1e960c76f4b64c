import DMARC
import Foundation
import Testing
import Verdict

@testable import Classification
@testable import Settings
@testable import Store

/// When stored verdicts are judged again, and which.
@Suite struct ClassifierTests {
  private func fingerprint(
    _ configuration: Configuration = Configuration(), _ senders: [StoredSender] = [], lookUps: String = "0 0 0"
  ) throws -> String {
    let context = try ClassificationContext(configuration, senders)
    return try context.fingerprint(lookUps) + JudgedSender.text(context.judgedSenders)
  }

  private func changed(_ change: (inout Configuration) throws -> Void) throws -> Configuration {
    var configuration = Configuration()
    try change(&configuration)
    return configuration
  }

  // MARK: The context

  @Test func equalContextsHaveEqualFingerprints() throws {
    #expect(try fingerprint() == fingerprint())
    let one = try changed { $0.trustedHosts = [try Made.name("a.example"), try Made.name("b.example")] }
    let other = try changed { $0.trustedHosts = [try Made.name("b.example"), try Made.name("a.example")] }
    #expect(try fingerprint(one) == fingerprint(other))
  }

  @Test func whatVerdictsDoNotRestOnChangesNothing() throws {
    let configuration = try changed {
      $0.database = "/x"
      $0.sources = ["/in"]
      $0.after = .delete
      $0.language = .japanese
      $0.limits.rows = 7
      $0.dns.timeout = 9
    }
    #expect(try fingerprint(configuration) == fingerprint())
  }

  @Test func whatVerdictsRestOnChangesTheFingerprint() throws {
    let sender = try Made.sender()
    var renamed = sender
    renamed.name = "Other"
    var wider = sender
    wider.networks.append(try #require(CIDR("198.51.100.0/24")))
    var service = sender
    service.kind = .service
    var named = sender
    named.domains = [try Made.name("mailer.example")]
    var hosted = sender
    hosted.hosts = [try Made.name("mx.example")]
    var numbered = sender
    numbered.asns = [64_500]
    var scoped = sender
    scoped.onlyFor = [try Made.name("example.org")]
    let senders = [sender, renamed, wider, service, named, hosted, numbered, scoped].map {
      StoredSender(id: 1, sender: $0, origin: .database)
    }
    var all = try [fingerprint(), fingerprint(lookUps: "1 0 0")]
    all += try senders.map { try fingerprint(Configuration(), [$0]) }
    all.append(try fingerprint(Configuration(), [StoredSender(id: 2, sender: sender, origin: .database)]))
    all.append(try fingerprint(changed { $0.ownDomains = [try Made.name("example.org")] }))
    all.append(try fingerprint(changed { $0.ownTenants = [try Made.name("example.org")] }))
    all.append(try fingerprint(changed { $0.trustedHosts = [try Made.name("example.org")] }))
    all.append(try fingerprint(changed { $0.thresholds.spoofMessages += 1 }))
    all.append(try fingerprint(changed { $0.thresholds.originShare /= 2 }))
    #expect(Set(all).count == all.count)
  }

  @Test func aTableThatChangesChangesTheFingerprint() throws {
    let path = NSTemporaryDirectory() + "dmarcstat-table-\(UUID().uuidString).txt"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try changed { $0.infrastructure = path }
    let error = #expect(throws: ClassificationError.self) { try fingerprint(configuration) }
    guard case .unreadableTable(path)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    try Data("# empty\n".utf8).write(to: URL(fileURLWithPath: path))
    let before = try fingerprint(configuration)
    #expect(before != (try fingerprint()))
    try Data("# empty still\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try fingerprint(configuration) != before)
  }

  // MARK: Judging

  private func refresh(
    _ database: ReportDatabase, _ configuration: Configuration = Configuration(), all: Bool = false
  ) throws -> Classifier.Outcome {
    let classifier = try Classifier(configuration, database)
    let outcome = try classifier.refresh(database, all: all)
    // Whatever was done, nothing is left to do.
    #expect(try !classifier.isNeeded(database))
    return outcome
  }

  private func stored() throws -> ReportDatabase {
    let database = try ReportDatabase()
    try Made.store(1, from: "example.com", in: database)
    try Made.store(2, from: "mail.example.com", in: database)
    try Made.store(3, from: "example.org", in: database)
    return database
  }

  @Test func theFirstTimeEverythingIsJudged() throws {
    let database = try stored()
    #expect(try Classifier(Configuration(), database).isNeeded(database))
    let outcome = try refresh(database)
    // A subdomain belongs to its organisation.
    #expect((outcome.organisations, outcome.flows, outcome.changed) == (2, 6, 6))
  }

  @Test func withoutNewsNothingIsJudged() throws {
    let database = try stored()
    _ = try refresh(database)
    let outcome = try refresh(database)
    #expect((outcome.organisations, outcome.flows, outcome.changed) == (0, 0, 0))
  }

  @Test(arguments: [("example.com", 5), ("mail.example.com", 5), ("example.org", 3), ("example.net", 2)])
  func onlyOrganisationsOfNewReportsAreJudged(_ domain: String, _ flows: Int) throws {
    let database = try stored()
    _ = try refresh(database)
    // One flow of a new source; the other one is known, unless the organisation is new.
    try Made.store(4, from: domain, source: 0xc000_0202, in: database)
    #expect(try Classifier(Configuration(), database).isNeeded(database))
    let outcome = try refresh(database)
    #expect((outcome.organisations, outcome.flows) == (1, flows))
  }

  @Test func everythingIsJudgedIfTheContextChangesOrThatIsAskedFor() throws {
    let database = try stored()
    _ = try refresh(database)
    let asked = try refresh(database, all: true)
    #expect((asked.organisations, asked.flows, asked.changed) == (2, 6, 0))
    try database.declare(try Made.sender())
    let declared = try refresh(database)
    #expect((declared.organisations, declared.flows) == (2, 6))
    #expect(declared.changed > 0)
    let own = try changed { $0.thresholds.spoofMessages = 1 }
    #expect(try refresh(database, own).organisations == 2)
    #expect(try refresh(database, own).organisations == 0)
  }

  @Test func anEmptyDatabaseIsJudgedAtOnce() throws {
    let outcome = try refresh(try ReportDatabase())
    #expect((outcome.organisations, outcome.flows) == (0, 0))
  }
}
