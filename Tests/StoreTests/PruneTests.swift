import DMARC
import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct PruneTests {
  private static let future = CalendarDay(epoch: 1_900_000_000)

  private func count(_ database: ReportDatabase, _ table: String) throws -> Int {
    try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
  }

  private func filled(reports: Int) throws -> ReportDatabase {
    let database = try ReportDatabase()
    _ = try database.store(
      (0..<reports).map { number in
        ReportMaker(
          id: "\(number)", content: UInt8(number % 250), begin: 1_780_012_800 + Int64(number) * 86_400,
          domain: number == 0 ? "old.example" : "example.com")
      })
    return database
  }

  @Test func namesGoOnceNothingRefersToThem() throws {
    let database = try filled(reports: 3)
    let day = CalendarDay(epoch: 1_780_012_800).advanced(by: 1)
    #expect(try database.prune(before: day).removed == 1)
    func isNamed() throws -> Bool? {
      try database.read {
        try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT * FROM domain WHERE name = 'old.example')")
      }
    }
    try database.deleteUnusedNames()
    #expect(try isNamed() == false)
    #expect(try database.check() == [])
    #expect(try database.prune(before: Self.future).removed == 2)
    try database.deleteUnusedNames()
    for table in ["report", "record", "flow", "outcome", "source", "policy", "domain", "reporter"] {
      #expect(try count(database, table) == 0, "\(table)")
    }
  }

  @Test func interruptedRunIsContinued() throws {
    let database = try filled(reports: 5)
    #expect(try database.prune(before: Self.future, whileTrue: { false }).removed == 0)
    #expect(try database.prunedDay() == nil)
    var last: (Int, Int)?
    #expect(try database.prune(before: Self.future, progress: { last = ($0, $1) }).removed == 5)
    #expect(last?.0 == 5 && last?.1 == 5)
    #expect(try database.prunedDay() == Self.future)
    #expect(try database.prune(before: Self.future).removed == 0)
  }

  @Test func aReplacedOrRemovedReportLeavesNothingThatOnlyItReferredTo() throws {
    let database = try filled(reports: 2)
    let before = try count(database, "source")
    var selection = ReportSelection()
    selection.numbers = [1, 2]
    _ = try database.removeReports(selection, by: Decider(name: nil, now: 0))
    #expect(before > 0)
    for table in ["flow", "source", "outcome", "reporter"] { #expect(try count(database, table) == 0, "\(table)") }
    #expect(try database.restoreReports(nil, by: Decider(name: nil, now: 0)).sums.reports == 2)
    #expect(try database.check() == [])
  }

  @Test func newFilesShrinkInSteps() throws {
    let folder = NSTemporaryDirectory() + "dmarcstat-prune-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let database = try ReportDatabase(path: folder + "/a.sqlite")
    try database.write { db in
      try db.execute(
        sql: "CREATE TABLE filler AS SELECT randomblob(4000) FROM json_each(?)",
        arguments: [
          "[" + (0..<3_000).map(String.init).joined(separator: ",") + "]"
        ])
      try db.execute(sql: "DROP TABLE filler")
    }
    let free = try database.freeBytes()
    #expect(free >= 12_000_000)
    try database.shrink(leaving: 0.999)
    #expect(try database.freeBytes() == free)
    try database.shrink()
    #expect(try database.freeBytes() == 0)
    #expect(try database.check() == [])
  }

  @Test func oldFilesAreConvertedByVacuum() throws {
    let folder = NSTemporaryDirectory() + "dmarcstat-prune-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/a.sqlite"
    let old = try DatabaseQueue(path: path)
    try Schema.migrate(old)
    try old.close()
    let database = try ReportDatabase(path: path)
    func mode() throws -> Int? { try database.read { try Int.fetchOne($0, sql: "PRAGMA auto_vacuum") } }
    #expect(try mode() == 0)
    try database.shrink()
    try database.vacuum()
    #expect(try mode() == 2)
  }
}
