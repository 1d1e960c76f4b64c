import DMARC
import Testing

@testable import Store

@Suite struct MetricsTests {
  @Test func ingestTimesAreKept() throws {
    let database = try ReportDatabase()
    #expect(try database.ingestTimes() == IngestTimes(finished: nil, succeeded: nil))
    try database.recordIngest(at: 1_000_000, wasEverythingRead: false)
    #expect(try database.ingestTimes() == IngestTimes(finished: 1_000_000, succeeded: nil))
    // A success is recorded at once, others are not recorded again within a minute.
    try database.recordIngest(at: 1_000_010, wasEverythingRead: true)
    try database.recordIngest(at: 1_000_020, wasEverythingRead: true)
    #expect(try database.ingestTimes() == IngestTimes(finished: 1_000_010, succeeded: 1_000_010))
    try database.recordIngest(at: 1_000_080, wasEverythingRead: true)
    #expect(try database.ingestTimes() == IngestTimes(finished: 1_000_080, succeeded: 1_000_080))
    // The clock was set back.
    try database.recordIngest(at: 500_000, wasEverythingRead: false)
    #expect(try database.ingestTimes() == IngestTimes(finished: 500_000, succeeded: 1_000_080))
  }

  @Test func emptyDatabaseHasNoDays() throws {
    let metrics = try ReportDatabase().metrics(RecordFilter(), mostDomains: 10)
    #expect(metrics.messages.isEmpty && metrics.domains.isEmpty && metrics.newestDay == nil)
    #expect(metrics.otherDomains == 0 && metrics.reports == 0 && metrics.inputs.isEmpty)
  }
}
