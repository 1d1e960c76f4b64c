import DMARC
import Foundation
import GRDB
import Seeds
import Testing

@testable import Classification
@testable import Settings
@testable import Store

/// Verdicts that are kept up to date change by change are those of judging everything from nothing, whatever interrupts it.
@Suite struct JudgingTests {
  private struct Killed: Error {}

  private func withFile(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "dmarcstat-judging-" + UUID().uuidString + ".sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    try body(path)
  }

  private func classifier(_ database: ReportDatabase) throws -> Classifier {
    try Classifier(Configuration(), database)
  }

  private func expectUpToDate(_ database: ReportDatabase, _ place: SourceLocation = #_sourceLocation) throws {
    #expect(try !classifier(database).isNeeded(database), sourceLocation: place)
    #expect(try database.readFlows { try !$0.isAnyToJudge() }, sourceLocation: place)
    let (found, expected) = try (MadeHistory.verdicts(database), MadeHistory.verdictsFromNothing(database))
    let different = zip(found, expected).filter { $0 != $1 }.prefix(3).map { "\($0) instead of \($1)" }
    #expect(different == [], sourceLocation: place)
    #expect(found.count == expected.count, sourceLocation: place)
  }

  @Test(arguments: 1...Seeded.rounds(6, long: 200)) func aHistoryDayByDayIsJudgedAsFromNothing(seed: Int) throws {
    var history = MadeHistory("judging \(seed)")
    let database = try ReportDatabase()
    for _ in 0..<14 {
      try history.advance(database, reports: 6)
      if history.chance(50) { try history.change(database) }
      if history.chance(80) { try classifier(database).refresh(database) }
    }
    try classifier(database).refresh(database)
    try expectUpToDate(database)
  }

  @Test(arguments: 1...Seeded.rounds(4, long: 100)) func aRunThatWasKilledIsContinued(seed: Int) throws {
    try withFile { path in
      var history = MadeHistory("killed \(seed)", organisations: 8)
      let database = try ReportDatabase(path: path)
      for _ in 0..<8 {
        try history.advance(database, reports: 12)
        if history.chance(30) { try history.change(database) }
        // The transaction that would store the verdict on this flow ends, as if the process were killed in it.
        let flow = Int.random(in: 0..<40, using: &history.random)
        try database.withFlows { flows in
          try flows.db.execute(
            sql: """
              CREATE TRIGGER killed BEFORE UPDATE OF verdict ON flow WHEN new.id % 40 = \(flow)
              BEGIN SELECT RAISE(ABORT, 'killed'); END
              """)
        }
        let isKilled = (try? classifier(database).refresh(database, all: history.chance(30))) == nil
        try database.withFlows { try $0.db.execute(sql: "DROP TRIGGER killed") }
        if isKilled { #expect(try classifier(database).isNeeded(database)) }
      }
      try classifier(database).refresh(database)
      try expectUpToDate(database)
    }
  }

  @Test func aRunOverEverythingThatWasKilledIsNotBegunAgain() throws {
    try withFile { path in
      let database = try ReportDatabase(path: path)
      for number in 1...200 { try Made.store(UInt8(number), from: "org\(number).example", in: database) }
      #expect(throws: StoreError.self) {
        try classifier(database).refresh(database, all: true) { share in
          // The first round is stored.
          guard share > 0.7 else { return }
          _ = try? database.withFlows {
            try $0.db.execute(
              sql: """
                CREATE TRIGGER IF NOT EXISTS killed BEFORE UPDATE OF verdict ON flow
                BEGIN SELECT RAISE(ABORT, 'killed'); END
                """)
          }
        }
      }
      try database.withFlows { try $0.db.execute(sql: "DROP TRIGGER killed") }
      let rest = try classifier(database).refresh(database, all: true)
      #expect((1..<200).contains(rest.organisations))
      try expectUpToDate(database)
      #expect(try classifier(database).refresh(database, all: true).organisations == 200)
    }
  }

  /// Between the reading of an organisation and the storing of its verdicts, another process stores reports and judges them.
  @Test(arguments: 1...Seeded.rounds(3, long: 50)) func whatOthersChangeMeanwhileIsJudgedAgain(seed: Int) throws {
    try withFile { path in
      var history = MadeHistory("meanwhile \(seed)", organisations: 30)
      let (database, other) = try (ReportDatabase(path: path), ReportDatabase(path: path))
      try history.advance(database, reports: 80)
      var left = 4
      for _ in 0..<3 {
        var errors: [any Error] = []
        left = 4
        try classifier(database).refresh(database, all: true) { _ in
          guard left > 0 else { return }
          left -= 1
          do {
            try history.advance(other, reports: 3)
            if history.chance(50) { try history.change(other) }
            if history.chance(70) { try classifier(other).refresh(other) }
          } catch { errors.append(error) }
        }
        #expect(errors.isEmpty, "\(errors)")
        #expect(left < 4)
      }
      try classifier(database).refresh(database)
      try expectUpToDate(database)
    }
  }

  @Test func othersReadAndWriteWhileOneJudges() throws {
    try withFile { path in
      var history = MadeHistory("both", organisations: 40)
      let database = try ReportDatabase(path: path)
      for _ in 0..<4 { try history.advance(database, reports: 60) }
      try classifier(database).refresh(database, all: true) { _ in
        // Nobody waits: without patience, each of these would fail at once.
        #expect(throws: Never.self) {
          let other = try ReportDatabase(path: path, patience: 0)
          _ = try other.info()
          try history.advance(other, reports: 1)
        }
      }
    }
  }

  @Test func readersDoNotJudgeWhatAnotherProcessIsJudging() throws {
    try withFile { path in
      let database = try ReportDatabase(path: path)
      try Made.store(1, from: "example.com", in: database)
      try classifier(database).refresh(database)
      try database.withFlows { flows in
        try JudgingState.set(.some, flows)
        try flows.set("judged.by", "\(getppid()) \(Int64(Date().timeIntervalSince1970))")
      }
      #expect(try !classifier(database).isNeeded(database))
      // The judge has ended long ago.
      try database.withFlows { try $0.set("judged.by", "\(getppid()) 1700000000") }
      #expect(try classifier(database).isNeeded(database))
      // It was this process.
      try database.withFlows { try JudgingState.noteJudge($0) }
      #expect(try classifier(database).isNeeded(database))
      try classifier(database).refresh(database)
      #expect(try !classifier(database).isNeeded(database))
    }
  }
}
