import DMARC
import Foundation
import Store
import Testing

@testable import Classification
@testable import Settings
@testable import Verdict

@Suite struct AlertRunTests {
  /// Runs with a threshold that no disk reaches, so that there is always something to report.
  private func run(_ database: ReportDatabase, sink: ([ToldMatter]) throws -> Void) throws -> AlertRun.Findings {
    let now = Int64(Date().timeIntervalSince1970)
    var settings = AlertSettings()
    settings.isQuietAtFirst = false
    settings.thresholds[.disk] = .max
    let context = try ClassificationContext(Configuration(), [])
    return try AlertRun(database, context, settings, today: CalendarDay(epoch: now), now: now).run(sink: sink)
  }

  private func withDatabase(_ body: (ReportDatabase) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "dmarcstat-alerts-" + UUID().uuidString + ".sqlite"
    defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
    let database = try ReportDatabase(path: path)
    try Made.store(1, from: "example.com", in: database)
    try body(database)
  }

  @Test func whatIsAcknowledgedWhileItIsToldStaysSo() throws {
    try withDatabase { database in
      let findings = try run(database) { told in
        #expect(told.map(\.matter.rule) == [.disk])
        let ids = try database.allMatters(limit: nil).compactMap(\.id)
        try database.changeMatters(ids + [99]) { stored in
          guard var matter = stored.matter else { return nil }
          (matter.acknowledged, matter.note) = (1, "holidays")
          return StoredMatter(matter, id: stored.id)
        }
      }
      #expect(findings.told.count == 1)
      let matter = try #require(try database.allMatters(limit: nil).first?.matter)
      #expect(matter.acknowledged == 1 && matter.note == "holidays" && matter.begun.telling == .told)
      #expect(try run(database) { _ in Issue.record("told twice") }.told.isEmpty)
    }
  }

  /// A run that read a matter before it was acknowledged must not overwrite the acknowledgement.
  @Test func anAcknowledgementMakesARunThatHasReadStoreNothing() throws {
    try withDatabase { database in
      let before = try database.matterProgress()
      try database.changeMatters([]) { $0 }
      let first = try database.matterProgress()
      // Without an earlier run, there is nothing to change.
      #expect(first == before)
      _ = try run(database) { _ in }
      let progress = try database.matterProgress()
      try database.changeMatters(try database.allMatters(limit: nil).compactMap(\.id)) { $0 }
      #expect(try database.store([], progress: (progress, progress)) == nil)
    }
  }
}
