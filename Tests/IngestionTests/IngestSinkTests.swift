import DMARC
import Foundation
import IMAP
import Intake
import Store
import Testing

@testable import Ingestion

/// When the writer commits, and what becomes of requests.
@Suite struct IngestSinkTests {
  private let folder: TemporaryFolder
  private let database: ReportDatabase

  init() throws {
    folder = try TemporaryFolder()
    database = try ReportDatabase(path: folder.path + "/d.sqlite")
  }

  private func withSink<Value>(
    isDryRun: Bool = false, _ tally: IngestTally = IngestTally(), checkDatabase: (() throws -> Void)? = nil,
    _ body: (IngestSink) throws -> Value
  ) throws -> Value {
    try database.withWriter(now: 1_791_000_000) { writer in
      // What a test has left uncommitted.
      defer { try? writer.rollback() }
      return try body(
        IngestSink(
          writer, isDryRun: isDryRun, storedRatio: Limits().storedRatio, checkDatabase: checkDatabase, journal: nil,
          tally: tally, progress: IngestProgress()
        ) { _, _ in })
    }
  }

  /// What everybody else sees: a connection of its own sees what is committed.
  private func committedReports() throws -> Int64 {
    Int64(try ReportDatabase(path: database.path, access: .readOnly).info().reports)
  }

  /// The events of one input.
  private func reported(_ input: Int, _ pending: PendingInput, _ found: [ReportEvent]) -> [WriterEvent] {
    [.began(input: input, pending)] + found.map { .found(input: input, $0) } + [.ended(input: input)]
  }

  private func report(_ input: Int, id: String = "1", in mailbox: SourceMailbox = Make.mailbox()) throws
    -> [WriterEvent]
  {
    reported(input, Make.message(UInt32(input + 1), size: 1_000, in: mailbox), try Make.events(Make.report(id: id)))
  }

  /// A report in two parts, cut before its end.
  private func longReport(_ input: Int) throws -> (rows: [WriterEvent], end: [WriterEvent]) {
    let events = try Make.events(Make.report(id: "long", records: 6), batchRows: 4)
    let all = reported(input, Make.message(UInt32(input + 1), size: 10_000), events)
    let cut = try #require(
      all.lastIndex { if case .found(_, .rows) = $0 { true } else { false } })
    return (Array(all[...cut]), Array(all[(cut + 1)...]))
  }

  /// Whether the writer has done what was asked for.
  private func isGiven(_ answer: Acknowledgement) -> Bool {
    let over = Deadline()
    over.stop()
    return (try? answer.wait(over)) != nil
  }

  @Test func aGroupIsCommittedWhenNothingComes() throws {
    let queue = WriterQueue()
    queue.send(try report(0))
    try withSink { sink in
      let start = ContinuousClock.now
      #expect(try sink.receive(from: queue))
      // Unless the machine was so slow that the group was due.
      let seen = try committedReports()
      if start.duration(to: .now) < .seconds(1) { #expect(seen == 0) }
      #expect(try !sink.receive(from: queue))
      #expect(try committedReports() == 1)
    }
  }

  @Test func aGroupIsCommittedAfterManyRows() throws {
    let queue = WriterQueue()
    // The ledger counts as rows, too.
    let others = (1...2_600).flatMap {
      reported($0, Make.message(UInt32($0 + 1)), [.notAReport(ReportOrigin(), kind: "x")])
    }
    queue.send(try report(0) + others)
    try withSink { (sink) throws in
      #expect(try sink.receive(from: queue))
      #expect(try committedReports() == 1)
    }
  }

  @Test func nothingIsCommittedWithinALongReport() throws {
    let (rows, end) = try longReport(1)
    let queue = WriterQueue()
    queue.send(try report(0) + rows)
    try withSink { sink in
      _ = try sink.receive(from: queue)
      // Nothing comes, which would be the time.
      #expect(try !sink.receive(from: queue))
      #expect(try committedReports() == 0)
      queue.send(end)
      _ = try sink.receive(from: queue)
      #expect(try !sink.receive(from: queue))
      #expect(try committedReports() == 2)
    }
    #expect(try database.info().records == 7)
  }

  @Test func aRequestWithinALongReportIsCarriedOutAfterIt() throws {
    let (rows, end) = try longReport(0)
    let mailbox = Make.mailbox()
    let answer = Acknowledgement()
    try withSink { sink in
      try sink.take(rows)
      try sink.take([.request(.commit(answer)), .request(.opened)])
      #expect(!isGiven(answer))
      #expect(sink.tally.mailboxes == 0)
      try sink.take(end)
      // The report is whole, and what comes after its last row belongs to the next group.
      #expect(isGiven(answer))
      #expect(sink.tally.mailboxes == 1)
      #expect(try committedReports() == 1)
      try sink.take(report(1, in: mailbox))
      #expect(mailbox.committed.isEmpty)
    }
  }

  @Test func requestsThatNobodyCarriesOutAnyMoreAreDenied() throws {
    let (rows, _) = try longReport(0)
    let answer = Acknowledgement()
    try withSink { sink in
      try sink.take(rows)
      try sink.take([.request(.commit(answer))])
    }
    #expect(!answer.wait())
    #expect(try committedReports() == 0)
  }

  @Test func aCommitTellsWhoeverWaitsForIt() throws {
    let mailbox = Make.mailbox()
    let answer = Acknowledgement()
    mailbox.handOver(1)
    try withSink { sink in
      try sink.take(report(0, in: mailbox))
      try mailbox.waitUntilRead(Deadline())
      #expect(mailbox.committed.isEmpty)
      try sink.take([.request(.commit(answer))])
      #expect(answer.wait())
      #expect(mailbox.committed == [1])
    }
  }

  @Test func aCommitThatFailsIsAnswered() throws {
    let answer = Acknowledgement()
    #expect(throws: Failure.self) {
      try withSink(checkDatabase: fail) { sink in
        try sink.take(report(0))
        try sink.take([.request(.commit(answer))])
      }
    }
    #expect(!answer.wait())
  }

  private struct Failure: Error {}

  private func fail() throws { throw Failure() }

  @Test func aDryRunLeavesNothingBehind() throws {
    let queue = WriterQueue()
    queue.send(try report(0) + [.request(.opened), .end])
    let tally = try withSink(isDryRun: true) { sink in
      try sink.drain(queue)
      return sink.tally
    }
    #expect(tally.newReports == 1)
    #expect(tally.fetchedMessages == 1)
    #expect(try committedReports() == 0)
  }

  @Test func whatIsNotCommittedIsUndoneWhenARunIsToEnd() throws {
    let queue = WriterQueue()
    queue.send(try report(0))
    var asked = 0
    #expect(throws: CancellationError.self) {
      try withSink { sink in
        try sink.take(report(1, id: "2"))
        try sink.drain(queue) {
          asked += 1
          return asked == 1
        }
      }
    }
    #expect(try committedReports() == 0)
  }

  @Test func aRunEndsWithAllThatWasTold() throws {
    let queue = WriterQueue()
    queue.send(try report(0))
    queue.send(try report(1, id: "2") + [.end])
    try withSink { sink in
      try sink.drain(queue)
      #expect(sink.isFinished)
      #expect(sink.isBetweenInputs)
    }
    #expect(try committedReports() == 2)
  }

  @Test func onlySettledFilesMayBeCleanedUp() throws {
    try folder.write("in/a.xml", Make.report(id: "a"))
    try folder.write("in/b.xml", Make.report(id: "b"))
    try folder.write("in/c.txt", "no report")
    let files = DirectoryWalk([folder.path + "/in"]).files.sorted { $0.path < $1.path }
    #expect(files.count == 3)
    var checks = 0
    func check() { checks += 1 }
    let done = try withSink(checkDatabase: check) { sink in
      for (number, file) in files.enumerated() {
        let id = number == 0 ? "a" : "b"
        var events: [ReportEvent] = [.notAReport(ReportOrigin(), kind: "text")]
        if number < 2 { events = try Make.events(Make.report(id: id)) }
        if number == 1 { events.append(.rejected(ReportOrigin(), InputError(.empty, "it is empty"))) }
        try sink.take(reported(number, .file(file), events))
      }
      #expect(sink.committedFiles.isEmpty)
      try sink.commit()
      return sink.committedFiles.map(\.path)
    }
    #expect(done == [files[0].path])
    #expect(checks == 1)
  }

  @Test func doubtfulMessagesAreGivenBackUnlessAWholeReportIsInThem() throws {
    let mailbox = Make.mailbox()
    let doubt = ContentDoubt(text: "cut", isStrong: true)
    let whole = try Make.events(Make.report())
    try withSink { sink in
      try sink.take(reported(0, Make.message(1, in: mailbox, doubt: doubt), whole))
      try sink.take(reported(1, Make.message(2, in: mailbox, doubt: doubt), [.notAReport(ReportOrigin(), kind: "x")]))
      let rejection = InputError(.empty, "it is empty")
      try sink.take(reported(2, Make.message(3, in: mailbox, doubt: doubt), [.rejected(ReportOrigin(), rejection)]))
      try sink.commit()
      #expect(sink.tally.rejected.isEmpty)
      #expect(sink.tally.fetchedMessages == 1)
    }
    #expect(mailbox.takeWithheld() == [2: "cut", 3: "cut"])
    #expect(mailbox.committed == [1])
  }

  @Test func whatCannotBeReadIsNotRememberedAsRead() throws {
    let mailbox = Make.mailbox()
    mailbox.handOver(1)
    try withSink { sink in
      try sink.take(
        reported(0, Make.message(1, in: mailbox), [.rejected(ReportOrigin(), InputError(.unreadable, "it is locked"))]))
      try sink.commit()
      #expect(sink.tally.unreachable.count == 1)
      #expect(sink.tally.fetchedMessages == 0)
    }
    try mailbox.waitUntilRead(Deadline())
    #expect(mailbox.committed.isEmpty)
  }
}
