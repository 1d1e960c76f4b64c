import DMARC
import Foundation
import Lookup
import Settings
import Store
import Testing
import Verdict

@testable import Classification

/// Records that change from one round of lookups to the next, as changes and alerts tell of them.
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
    // Once may be the trouble of a name server.
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
    // The whole of this day was looked at before.
    #expect(
      try told(on: 2) == [
        "The DMARC record of example.com changed",
        "The DMARC record of example.com changed between 2026-10-10 and 2026-10-12: lost p=reject; gained p=none.",
      ])
    #expect(try told(on: 2).isEmpty)
    #expect(try told(on: 3).isEmpty)
  }
}
