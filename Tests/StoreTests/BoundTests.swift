import DMARC
import Foundation
import Seeds
import Testing

@testable import Store

/// Limits on what a report may add to the database, and decoding of stored lists.
@Suite struct BoundTests {
  private func withWriter(_ body: (ReportWriter) throws -> Void) throws -> ReportDatabase {
    let database = try ReportDatabase()
    try database.withWriter(now: 0) { writer in
      try writer.begin()
      try body(writer)
      try writer.commit()
    }
    return database
  }

  @Test func aReportBeyondItsAllowanceLeavesNothing() throws {
    var large = ReportMaker()
    large.comment = String(repeating: "x", count: 2_000)
    _ = try withWriter { writer in
      #expect(throws: TooManyBytes.self) { try writer.store(large.report, large.batch, within: 1_000) }
      // Ids cached while it was stored are discarded: no id may refer to a deleted row.
      guard case .ingested = try writer.store(large.report, large.batch, within: 1 << 20) else {
        Issue.record("not stored")
        return
      }
    }
  }

  @Test func knownNamesAreNotChargedAgain() throws {
    _ = try withWriter { writer in
      var first = ReportMaker()
      first.comment = String(repeating: "x", count: 2_000)
      _ = try writer.store(first.report, first.batch)
      let before = writer.storedBytes
      var second = first
      (second.id, second.content) = ("2", 2)
      _ = try writer.store(second.report, second.batch, within: 2_000)
      #expect(writer.storedBytes - before < 1_000)
    }
  }

  @Test func cachesAreBoundedInBytes() {
    var cache = IDCache<String>(entries: 100, bytes: 1_000)
    for number in 0..<50 { cache.remember(Int64(number), for: "\(number)", weight: 300) }
    #expect(cache["49"] == 49)
    #expect(cache["10"] == nil)
  }

  @Test func listsAreRoundTripped() throws {
    var random = Seeded()
    let pieces = ["a", "é", "\"", "\\", "\n", "\t", "\r", "\u{1}", "\u{7f}", "/", "日本", "𝄞", "{", "]", ",", ":"]
    func text() -> String? {
      Bool.random(using: &random)
        ? nil
        : (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
    for _ in 0..<500 {
      let dkim = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        DKIMResult(
          domain: text(), selector: text(), result: AuthResult.allCases.randomElement(using: &random),
          humanResult: text())
      }
      let spf = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        SPFResult(
          domain: text(), scope: text(), result: AuthResult.allCases.randomElement(using: &random), humanResult: text())
      }
      let reasons = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        OverrideReason(type: OverrideType.allCases.randomElement(using: &random), comment: text())
      }
      #expect(try OutcomeColumns.dkim(OutcomeColumns.json { $0.dkimResults(dkim) }) == dkim)
      #expect(try OutcomeColumns.spf(OutcomeColumns.json { $0.spfResults(spf) }) == spf)
      #expect(try OutcomeColumns.reasons(OutcomeColumns.json { $0.reasons(reasons) }) == reasons)
    }
  }

  @Test func otherJSONFormsAreAccepted() throws {
    let spaced = "[ { \"domain\" : \"a.example\", \"result\" : \"pass\", \"selector\": \"\\u00e9\" } ]"
    #expect(try OutcomeColumns.dkim(spaced) == [DKIMResult(domain: "a.example", selector: "é", result: .pass)])
    #expect(throws: (any Error).self) { try OutcomeColumns.dkim("[{\"domain\":\"a\"") }
    #expect(throws: (any Error).self) { try OutcomeColumns.dkim("[{\"domain\":\"a\\u00\"}]") }
  }

  @Test func fromDomainsBelowAnOrganisation() throws {
    let database = try withWriter { writer in
      for (number, name) in ["example.com", "a.example.com", "badexample.com", "example.org"].enumerated() {
        var maker = ReportMaker()
        (maker.id, maker.content, maker.domain) = ("\(number)", UInt8(number), name)
        var batch = maker.batch
        for index in batch.outcomes.indices { batch.outcomes[index].headerFrom = name }
        _ = try writer.store(maker.report, batch)
      }
    }
    try database.readFlows { flows in
      let all = try flows.headerFroms()
      #expect(all.count == 4)
      let below = try flows.headerFroms(under: ["example.com"])
      #expect(Set(below.map(\.name)) == ["example.com", "a.example.com"])
      #expect(try flows.headerFroms(under: []).isEmpty)
      let ids = Set(below.map(\.id))
      #expect(Set(try flows.names(ofHeaderFroms: ids)) == ["example.com", "a.example.com"])
    }
  }
}
