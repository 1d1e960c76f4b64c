import DMARC
import GRDB
import Testing

@testable import Store

/// Which reports with the same identity are copies, replacements or conflicts.
@Suite struct CopyTests {
  private enum Way: CaseIterable { case whole, long }

  /// A report with rows from the addresses 192.0.2.n and these numbers of messages.
  private struct Sheet {
    var rows: [(host: UInt32, messages: Int64)]
    var isTruncated = false
    var isRecovered = false
    var dropped = 0
    var policy = RequestedPolicy.reject
    var selector = "s1"
    var warnings: [ReportWarning.Code]

    init(
      _ rows: [(UInt32, Int64)], isTruncated: Bool = false, isRecovered: Bool = false, dropped: Int = 0,
      losses: [ReportWarning.Code] = []
    ) {
      warnings = isTruncated ? [.truncated] + losses : losses
      self.rows = rows.map { ($0.0, $0.1) }
      self.isTruncated = isTruncated
      self.isRecovered = isRecovered
      self.dropped = dropped
    }

    var batch: RecordBatch {
      var batch = ReportMaker().batch
      batch.outcomes[0].dkim[0].selector = selector
      batch.rows = rows.enumerated().map { index, row in
        RecordRow(
          source: IPAddress(v4: 0xc000_0200 + row.host), messages: row.messages, outcome: Int(row.host % 2),
          envelopeTo: nil)
      }
      return batch
    }

    func report(_ content: UInt8) throws -> IncomingReport {
      let made = try ReportMaker(content: content).report
      let isLossy = warnings.contains { $0.losesContent || $0 == .furtherWarnings }
      var report = IncomingReport(
        identity: made.identity, head: made.head, warnings: warnings.map { ReportWarning($0, "") }, sha256: made.sha256,
        rows: made.rows, messages: made.messages, droppedRows: 0, isLossy: isLossy, origin: made.origin)
      report.head.policy.p = policy
      report.rows = rows.count
      report.messages = rows.reduce(0) { $0 + $1.messages }
      report.isTruncated = isTruncated
      report.isRecovered = isRecovered
      report.droppedRows = dropped
      return report
    }
  }

  /// Stores reports in order, each with different bytes, at once or as long reports.
  private func store(_ sheets: [Sheet], _ ways: [Way]) throws -> (outcomes: [StoringOutcome], database: ReportDatabase)
  {
    let database = try ReportDatabase()
    let outcomes = try database.withWriter(now: 0) { writer in
      try writer.begin()
      let outcomes = try zip(sheets, ways).enumerated().map { index, item in
        let (sheet, way) = item
        let report = try sheet.report(UInt8(index))
        if way == .whole { return try writer.store(report, sheet.batch) }
        var (first, last) = (sheet.batch, sheet.batch)
        first.rows = Array(first.rows.prefix(2))
        last.rows = Array(last.rows.dropFirst(2))
        try writer.addRows(first, of: report.identity, report.head)
        return try writer.store(report, last)
      }
      try writer.commit()
      return outcomes
    }
    #expect(try database.check().isEmpty)
    return (outcomes, database)
  }

  /// The result for the second of two reports, for each way of storing them.
  private func second(_ first: Sheet, _ second: Sheet) throws -> Set<StoringOutcome> {
    var outcomes: Set<StoringOutcome> = []
    for one in Way.allCases {
      for other in Way.allCases {
        let (result, database) = try store([first, second], [one, other])
        outcomes.insert(result[1])
        // Nothing remains of a report that is not kept.
        if case .conflict = result[1] {
          #expect(try database.info().records == Int64(first.rows.count))
          let kept: Set<StoredValue> = Set(try database.allRecords().map { $0["source_ip"] ?? .null })
          #expect(try database.info().sources == Int64(kept.count))
          #expect(try database.info().conflicts == 1)
        }
      }
    }
    return outcomes
  }

  private let rows: [(UInt32, Int64)] = [(1, 5), (2, 3), (2, 3), (4, 9)]

  /// Older versions identified a report without an ID by the name of its file.
  @Test(arguments: [("ab-12", "sha256-00ff", true), ("sha256-00ff", "7@subject", true), ("ab-12", "7@subject", false)])
  func reportsWithoutAnIDAreCopiesIfTheirRowsAreEqual(_ stored: String, _ arriving: String, _ isCopy: Bool) throws {
    let database = try ReportDatabase()
    let makers = [
      ReportMaker(id: stored, content: 1), ReportMaker(id: arriving, content: 2),
      ReportMaker(id: arriving, content: 3, messages: 6),
    ]
    let outcomes = try database.store(makers)
    #expect(outcomes[1] == (isCopy ? .duplicate(1) : .ingested(2)))
    // Other rows are another report, not a conflict with it.
    #expect(outcomes[2] == (isCopy ? .ingested(2) : .conflict(2)))
  }

  @Test func theOrderOfRowsDoesNotMatter() throws {
    #expect(try second(Sheet(rows), Sheet(rows.reversed())) == [.duplicate(1)])
  }

  @Test func equalSumsAloneDoNotMakeACopy() throws {
    #expect(try second(Sheet(rows), Sheet([(1, 5), (2, 3), (3, 3), (4, 9)])) == [.conflict(1)])
    #expect(try second(Sheet(rows), Sheet([(1, 3), (2, 5), (2, 3), (4, 9)])) == [.conflict(1)])
    // The same distinct rows in different numbers.
    #expect(try second(Sheet([(1, 4), (1, 4), (2, 4)]), Sheet([(1, 4), (2, 4), (2, 4)])) == [.conflict(1)])
    // Repaired copies are compared like any others.
    #expect(try second(Sheet(rows, isRecovered: true), Sheet([(1, 5), (2, 3), (3, 3), (4, 9)])) == [.conflict(1)])
    #expect(try second(Sheet(rows), Sheet([(1, 5), (2, 3), (3, 3), (4, 9)], isRecovered: true)) == [.conflict(1)])
    #expect(try second(Sheet(rows, isRecovered: true), Sheet(rows)) == [.duplicate(1)])
    // A row that was dropped may have been anything.
    #expect(try second(Sheet(rows, dropped: 1), Sheet(rows)) == [.conflict(1)])
    #expect(try second(Sheet(rows, dropped: 1), Sheet(rows, dropped: 1)) == [.conflict(1)])
  }

  @Test(arguments: ReportWarning.Code.losingContent.subtracting([.truncated]).union([.furtherWarnings]))
  func lostRowsMayHaveBeenAnything(_ code: ReportWarning.Code) throws {
    let lossy = Sheet(rows, losses: [code])
    #expect(try second(lossy, Sheet(rows)) == [.conflict(1)])
    #expect(try second(Sheet(rows), lossy) == [.conflict(1)])
    #expect(try second(lossy, lossy) == [.conflict(1)])
    // Truncated content may be in the other copy; lost content is in neither.
    let cut = Sheet(Array(rows.prefix(3)), isTruncated: true, losses: [code])
    #expect(try second(cut, Sheet(rows)) == [.conflict(1)])
    #expect(try second(Sheet(rows), cut) == [.conflict(1)])
  }

  @Test func sameBytesLoseTheSameContent() throws {
    let database = try ReportDatabase()
    let report = try Sheet(rows, losses: [.entriesLeftOut]).report(1)
    let outcomes = try database.withWriter(now: 0) { writer in
      try writer.begin()
      let outcomes = try (0..<2).map { _ in try writer.store(report, Sheet(rows).batch) }
      try writer.commit()
      return outcomes
    }
    #expect(outcomes == [.ingested(1), .duplicate(1)])
  }

  @Test func otherWarningsDoNotAffectCopies() throws {
    #expect(try second(Sheet(rows, losses: [.xmlRepaired, .contradiction]), Sheet(rows)) == [.duplicate(1)])
  }

  @Test func outcomesAndPoliciesMatter() throws {
    var other = Sheet(rows)
    other.selector = "s2"
    #expect(try second(Sheet(rows), other) == [.conflict(1)])
    var lenient = Sheet(rows)
    lenient.policy = .none
    #expect(try second(Sheet(rows), lenient) == [.conflict(1)])
    var empty = Sheet([])
    empty.policy = .none
    #expect(try second(Sheet([]), empty) == [.conflict(1)])
    #expect(try second(Sheet([]), Sheet([])) == [.duplicate(1)])
  }

  @Test func truncatedReportIsReplacedOnlyByASupersetOfItsRows() throws {
    let cut = Sheet(Array(rows.prefix(3)), isTruncated: true)
    #expect(try second(cut, Sheet(rows)) == [.ingested(1)])
    #expect(try second(cut, Sheet(Array(rows.prefix(3)))) == [.ingested(1)])
    #expect(try second(cut, Sheet(rows, isTruncated: true)) == [.ingested(1)])
    #expect(try second(cut, Sheet([(1, 5), (2, 3), (4, 9), (6, 1), (8, 1)])) == [.conflict(1)])
    #expect(try second(cut, Sheet([(1, 5), (2, 3), (4, 9), (6, 1)], isTruncated: true)) == [.conflict(1)])
    // A complete report with fewer rows does not contain them.
    #expect(try second(cut, Sheet(Array(rows.prefix(2)))) == [.conflict(1)])
  }

  @Test func partialCopyAddsNothing() throws {
    #expect(try second(Sheet(rows), Sheet(Array(rows.suffix(2)), isTruncated: true)) == [.duplicate(1)])
    #expect(try second(Sheet(rows), Sheet(rows, isTruncated: true)) == [.duplicate(1)])
    #expect(try second(Sheet(rows), Sheet([(1, 5), (3, 3)], isTruncated: true)) == [.conflict(1)])
    #expect(try second(Sheet(rows), Sheet([(1, 5), (1, 5)], isTruncated: true)) == [.conflict(1)])
    #expect(
      try second(Sheet(rows, isTruncated: true), Sheet(Array(rows.prefix(2)), isTruncated: true)) == [.duplicate(1)])
  }

  @Test func lossIsStored() throws {
    let (_, database) = try store([Sheet(rows, dropped: 1)], [.long])
    let lossy = try database.read { try Int64.fetchOne($0, sql: "SELECT lossy FROM report") }
    #expect(lossy == 1)
  }

  @Test func layoutWithinTextsDoesNotMatter() {
    #expect(RowDigest.hash(#"["<a>\n  <b>x y</b>\r\n</a>"]"#) == RowDigest.hash(#"["<a><b>x y</b></a>"]"#))
    #expect(RowDigest.hash(#"["x\n  y"]"#) == RowDigest.hash(#"["x y"]"#))
    #expect(RowDigest.hash(#"["xy"]"#) != RowDigest.hash(#"["x y"]"#))
    #expect(RowDigest.hash(#"["x\\ny"]"#) != RowDigest.hash(#"["x\ny"]"#))
  }
}
