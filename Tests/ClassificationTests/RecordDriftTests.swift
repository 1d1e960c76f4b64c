import DMARC
import Foundation
import Lookup
import Settings
import Testing
import Verdict

@testable import Classification
@testable import Store

/// Records that change from one round of lookups to the next, as changes and alerts report them.
@Suite struct RecordDriftTests {
  private static let domain = "example.com"
  private static let day: Int64 = 86_400
  /// 2026-10-10T12:00:00Z.
  private static let start: Int64 = 1_791_633_600

  private let database: ReportDatabase

  init() throws {
    database = try ReportDatabase()
    try Made.store(1, from: Self.domain, in: database)
  }

  /// Looks up a zone on a day after the start.
  private func refresh(_ zone: String, on day: Int64, after seconds: Int64 = 0) throws {
    _ = try DNSRefresh(
      database: database, service: .zone(ZoneFile(parsing: zone)),
      context: ClassificationContext(Configuration(), []), deadline: Resolver.now + 600, isForced: true
    ) { _, _ in }.run(at: Self.start + day * Self.day + seconds)
  }

  private func changes() throws -> [Change] {
    let first = CalendarDay(epoch: Self.start)
    let periods = ChangePeriods(
      before: first.advanced(by: -30)...first.advanced(by: -1), now: first...first.advanced(by: 29))
    return try database.changes(RecordFilter(), periods, ClassificationContext(Configuration(), [])).changes
  }

  private func texts(_ language: Language = .english) throws -> [String] {
    try changes().map { $0.text(Phrasebook(language)) }.sorted()
  }

  private func dmarc(_ text: String) -> String { "_dmarc.example.com. IN TXT \"\(text)\"\n" }

  @Test func aPolicyChanges() throws {
    try refresh(dmarc("v=DMARC1; p=none"), on: 0)
    try refresh(dmarc("v=DMARC1; p=none"), on: 1)
    try refresh(dmarc("v=DMARC1; p=quarantine"), on: 2)
    try refresh(dmarc("v=DMARC1; p=quarantine"), on: 3)
    let changes = try changes()
    #expect(changes.map(\.kind) == [.dmarcRecord])
    let difference = try #require(changes.first?.record)
    #expect(difference.lost == ["p=none"] && difference.gained == ["p=quarantine"])
    #expect(difference.lastBefore?.description == "2026-10-11" && changes.first?.since?.description == "2026-10-12")
  }

  @Test func aRecordDisappearsAndComesBack() throws {
    let record = dmarc("v=DMARC1; p=reject")
    try refresh(record, on: 0)
    try refresh("", on: 1)
    // A single miss may be a fault of the name server.
    #expect(try changes().isEmpty)
    try refresh("", on: 2)
    try refresh(record, on: 5)
    #expect(
      try texts() == [
        "A DMARC record of example.com appeared between 2026-10-12 and 2026-10-15: p=reject.",
        "The DMARC record of example.com disappeared between 2026-10-10 and 2026-10-11. No policy applies to its mail, and receivers send no reports.",
      ])
    #expect(try changes().last { $0.record?.step == .disappeared }?.noticed.description == "2026-10-12")
  }

  @Test func shortTroubleIsNoChange() throws {
    let record = dmarc("v=DMARC1; p=reject")
    try refresh(record, on: 0)
    try refresh("", on: 1)
    try refresh("", on: 1, after: 600)
    try refresh(record, on: 2)
    #expect(try changes().isEmpty)
  }

  @Test func anAlertTellsOfItWithoutNewReports() throws {
    let context = try ClassificationContext(Configuration(), [])
    func told(on day: Int64) throws -> [String] {
      let today = CalendarDay(epoch: Self.start).advanced(by: day)
      var told: [ToldMatter] = []
      _ = try AlertRun(
        database, context, AlertSettings(), today: today, now: Self.start + day * Self.day
      ).run { told = $0 }
      return told.flatMap { $0.matter.begun.texts["en"].map { [$0.title] + $0.sentences } ?? [] }
    }
    try refresh(dmarc("v=DMARC1; p=reject"), on: 0)
    #expect(try told(on: 0).isEmpty)
    #expect(try told(on: 2).isEmpty)
    try refresh(dmarc("v=DMARC1; p=none"), on: 2, after: 60)
    // All domains were checked earlier that day, so this run checks only those with new records.
    #expect(
      try told(on: 2) == [
        "The DMARC record of example.com changed",
        "The DMARC record of example.com changed between 2026-10-10 and 2026-10-12: p=reject became p=none.",
      ])
    #expect(try told(on: 2).isEmpty)
    #expect(try told(on: 3).isEmpty)
  }

  private func key(_ text: String) -> String { "s._domainkey.example.com. IN TXT \"\(text)\"\n" }
  private static let first = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
  private static let second = "v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

  @Test func keysThatReportsShowAreWatched() throws {
    for (day, zone) in [key(Self.first), key(Self.second), "", "", key(Self.second)].enumerated() {
      try refresh(zone, on: Int64(day))
    }
    #expect(
      try changes().sorted { ($0.since ?? $0.noticed) < ($1.since ?? $1.noticed) }.compactMap { $0.record?.step } == [
        .replaced, .disappeared, .appeared,
      ])
    #expect(try changes().allSatisfy { $0.name == "s._domainkey.example.com" })
  }

  @Test func spfRecordsAndWhatTheyInclude() throws {
    let provider = "_spf.mailer.example. IN TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
    let record = "example.com. IN TXT \"v=spf1 include:_spf.mailer.example -all\"\n"
    try refresh(record + provider, on: 0)
    // A brief fault of the provider, or of the domain itself.
    try refresh(record, on: 1)
    try refresh(record + provider, on: 2)
    try refresh("", on: 3)
    try refresh(record + provider, on: 4)
    #expect(try changes().isEmpty)
    #expect(try database.spfSnapshots().count == 1)
    for day in Int64(5)...6 { try refresh(record, on: day) }
    try refresh("example.com. IN TXT \"v=spf1 -all\"\n", on: 8)
    #expect(
      try texts() == [
        "The SPF record of example.com became invalid between 2026-10-14 and 2026-10-15: receivers get a permanent error.",
        "The SPF record of example.com changed between 2026-10-16 and 2026-10-18: lost include:_spf.mailer.example.",
      ])
    #expect(try database.spfSnapshots().map(\.snapshot.status) == [.valid, .permerror, .valid])
  }

  @Test func whoeverReceivesReportsCanTakeBackTheAgreement() throws {
    let record = dmarc("v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@other.example")
    let agreement = "example.com._report._dmarc.other.example. IN TXT \"v=DMARC1\"\n"
    try refresh(record + agreement, on: 0)
    try refresh(record, on: 1)
    try refresh(record, on: 2)
    #expect(
      try texts() == [
        "other.example no longer agrees to receive reports on example.com: its record disappeared between 2026-10-10 and 2026-10-11. Receivers stop sending reports there."
      ])
    #expect(try texts(.japanese).first?.contains("other.example") == true)
  }

  @Test func whatNoServerAnswersForHasNotDisappeared() throws {
    let zone = dmarc("v=DMARC1; p=reject") + key(Self.first) + "example.com. IN MX 10 mx.example.com.\n"
    try refresh(zone, on: 0)
    let before = try database.records(of: try Made.name(Self.domain))
    for day in 1...3 {
      // Nothing listens on the discard port.
      _ = try DNSRefresh(
        database: database, service: .resolver(Resolver(servers: "127.0.0.1:9", timeout: 0.2)),
        context: ClassificationContext(Configuration(), []), deadline: Resolver.now + 60, isForced: true
      ) { _, _ in }.run(at: Self.start + Int64(day) * Self.day)
    }
    #expect(try database.records(of: try Made.name(Self.domain)) == before && before.count >= 5)
  }

  @Test func answersInTurnAreToldTwiceOnly() throws {
    for day in 0..<10 { try refresh("example.com. IN MX 10 mx\(day % 2).example.com.\n", on: Int64(day)) }
    #expect(try changes().map(\.kind) == [.mxRecord, .mxRecord])
  }

  @Test func reportsAndLookupsAreOneEvent() throws {
    func reported(_ day: Int64, _ policy: String) -> ReportedPolicy {
      ReportedPolicy(
        domain: Self.domain, day: CalendarDay(epoch: Self.start).number + day, reporter: 1,
        tags: [StoredPolicy.Tag(name: "p", value: policy)])
    }
    let place = ObservedRecord.Place(domain: Self.domain, kind: "dmarc", owner: "_dmarc.example.com")
    func snapshot(_ text: String, _ first: Int64, _ last: Int64) -> RecordSnapshot {
      let (first, last) = (Self.start + first * Self.day, Self.start + last * Self.day)
      return RecordSnapshot(place, state: text, firstSeen: first, lastSeen: last, confirmedAt: first)
    }
    // Lookups are three weeks apart; reports show the day.
    var records = RecordChanges([
      snapshot("v=DMARC1; p=none; rua=mailto:a@example.com", 0, 2),
      snapshot("v=DMARC1; p=quarantine; rua=mailto:b@example.com", 23, 23),
    ])
    for day in Int64(0)..<20 { records.add(reported(day, day < 10 ? "none" : "quarantine")) }
    let first = CalendarDay(epoch: Self.start)
    let periods = ChangePeriods(
      before: first.advanced(by: -30)...first.advanced(by: -1), now: first...first.advanced(by: 29))
    let changes = records.changes(of: Self.domain, periods)
    let change = try #require(changes.first)
    #expect(changes.count == 1 && change.since == first.advanced(by: 10))
    #expect(change.difference.lastBefore == first.advanced(by: 9) && change.noticed == first.advanced(by: 11))
    #expect(change.difference.gained == ["p=quarantine", "rua=mailto:b@example.com"])
  }

  @Test func theRecordOfAParentIsNoRecordOfItsOwn() throws {
    try Made.store(2, from: "mail.example.com", in: database)
    let parent = dmarc("v=DMARC1; p=none")
    let own = "_dmarc.mail.example.com. IN TXT \"v=DMARC1; p=reject\"\n"
    try refresh(parent + own, on: 0)
    for day in Int64(1)...2 { try refresh(parent, on: day) }
    // A change of the parent's record is an event of the parent only.
    try refresh(dmarc("v=DMARC1; p=quarantine"), on: 3)
    let found = try texts()
    #expect(
      found == [
        "The DMARC record of example.com changed between 2026-10-12 and 2026-10-13: p=none became p=quarantine.",
        "The DMARC record of mail.example.com disappeared between 2026-10-10 and 2026-10-11. The record at _dmarc.example.com applies instead.",
      ])
    let states = try database.records(of: try Made.name("mail.example.com")).filter { $0.place.kind == "dmarc" }
    #expect(states.map(\.state) == ["v=DMARC1; p=reject", "inherited _dmarc.example.com"])
  }

  @Test func severalRecordsAreNone() throws {
    try refresh(dmarc("v=DMARC1; p=none"), on: 0)
    try refresh(dmarc("v=DMARC1; p=none") + dmarc("v=DMARC1; p=reject"), on: 1)
    #expect(
      try texts() == [
        "A second DMARC record of example.com appeared between 2026-10-10 and 2026-10-11, so neither applies."
      ])
  }

  @Test func domainsWithoutAnAnswerTakeTurnsWithOthers() throws {
    for number in UInt8(2)...6 { try Made.store(number, from: "d\(number).example", in: database) }
    try refresh(dmarc("v=DMARC1; p=none"), on: 0)
    for number in UInt8(7)...9 { try Made.store(number, from: "new\(number).example", in: database) }
    let order = try database.policyDomainsByLookUp().map(\.name)
    #expect(
      order == [
        "d2.example", "new7.example", "d3.example", "new8.example", "d4.example", "new9.example", "d5.example",
        "d6.example", "example.com",
      ])
  }
}
