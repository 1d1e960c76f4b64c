import DMARC
import Store
import Testing

@Suite struct ConflictTests {
  private let decider = Decider(name: "u", now: 1_791_000_100)

  @Test func furtherContentsOfOneReportAreOnlyCounted() throws {
    let database = try ReportDatabase()
    let others = (2...21).map { ReportMaker(content: UInt8($0), messages: Int64($0) + 10) }
    _ = try database.store([ReportMaker()] + others)
    let conflicts = try database.conflicts()
    #expect(conflicts.count == 20)
    #expect(conflicts.count { $0.comparison != nil } == 8)
    #expect(try database.info().messages == 8)
    #expect(throws: ConflictProblem.notKept(20, origin: "file.xml")) { try database.decide([20], .take, by: decider) }
    // A decision that fails changes nothing, not even what came before it.
    #expect(throws: ConflictProblem.self) { try database.decide([1, 20], .take, by: decider) }
    #expect(try database.info().conflicts == 20)
    #expect(try database.info().messages == 8)
  }

  @Test func earlierDecisionsWaitForLaterOnes() throws {
    let database = try ReportDatabase()
    _ = try database.store([
      ReportMaker(), ReportMaker(content: 2, messages: 6), ReportMaker(content: 3, messages: 7),
    ])
    #expect(try database.decide([1, 2], .take, by: decider) == [1, 2])
    #expect(try database.info().messages == 10)
    #expect(throws: ConflictProblem.decidedLater(1)) { try database.decide([1], nil, by: decider) }
    #expect(try database.decide([2, 1], nil, by: decider) == [2, 1])
    #expect(try database.info().messages == 8)
    #expect(try database.check().isEmpty)
  }

  @Test func rowIDsOfRemovedReportsAreNotGivenAway() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker(), ReportMaker(id: "2", content: 2)])
    var selection = ReportSelection()
    selection.numbers = [2]
    #expect(try database.removeReports(selection, by: decider).reports == 1)
    #expect(try database.store([ReportMaker(id: "3", content: 3)]) == [.ingested(3)])
    #expect(try database.restoreReports([2], by: decider).sums.reports == 1)
    #expect(try database.info().reports == 3)
    #expect(try database.check().isEmpty)
  }

  @Test func pruningDeletesContentsAndKeepsRemovedReportsOut() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker(), ReportMaker(content: 2, messages: 6), ReportMaker(id: "2", content: 3)])
    var selection = ReportSelection()
    selection.numbers = [2]
    _ = try database.removeReports(selection, by: decider)
    #expect(try database.prune(before: CalendarDay(epoch: 1_800_000_000)).removed == 1)
    #expect(try database.conflicts().isEmpty)
    #expect(try database.restoreReports(nil, by: decider).sums.reports == 0)
    guard case .setAside(_, .removed, _) = try database.store([ReportMaker(id: "2", content: 9)])[0] else {
      Issue.record("a removed report came back")
      return
    }
    #expect(try database.check().isEmpty)
  }
}
