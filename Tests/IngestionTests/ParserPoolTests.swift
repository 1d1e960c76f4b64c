import DMARC
import Foundation
import Glibc
import Intake
import Testing

@testable import Ingestion

/// Inputs are read by several threads and told in order.
@Suite struct ParserPoolTests {
  private func events(
    _ inputs: [PendingInput], threads: Int = 3, _ limits: Limits = Limits()
  ) throws -> [WriterEvent] {
    let queue = WriterQueue()
    let feed = InputQueue(threads: threads)
    feed.add(files: inputs)
    let pool = ParserPool(feed, queue, limits: limits, trustedHosts: [])
    defer { pool.cancel() }
    try pool.start(threads: threads)
    var events: [WriterEvent] = []
    while let group = queue.receive(within: .seconds(600)) {
      events += group
      if case .end? = group.last { break }
    }
    return events
  }

  /// What is told of each event: the input, and for a report its identity.
  private func summary(_ events: [WriterEvent]) -> [String] {
    events.map { event in
      switch event {
      case .began(let input, _): return "\(input) began"
      case .found(let input, .report(let report)):
        return "\(input) report \((try? report.identity.get())?.identity.reportID ?? "?")"
      case .found(let input, .rows): return "\(input) rows"
      case .found(let input, .rejected(_, let why)): return "\(input) \(why.code.rawValue)"
      case .found(let input, .notAReport): return "\(input) other"
      case .found(let input, _): return "\(input) found"
      case .ended(let input): return "\(input) ended"
      case .request: return "request"
      case .end: return "end"
      }
    }
  }

  @Test(arguments: [1, 3]) func whatIsFoundIsToldInTheOrderOfTheInputs(_ threads: Int) throws {
    let folder = try TemporaryFolder()
    for number in 0..<60 {
      // Those in front take longest.
      try folder.write(
        String(format: "%03d.xml", number), Make.report(id: "\(number)", records: number < 3 ? 400 : 1))
    }
    let expected = (0..<60).flatMap { ["\($0) began", "\($0) report \($0)", "\($0) ended"] } + ["end"]
    #expect(summary(try events(folder.files, threads: threads)) == expected)
  }

  @Test func aLongReportIsToldInOnePiece() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.xml", Make.report(id: "a", records: 17_000))
    for name in ["b", "c"] { try folder.write("\(name).xml", Make.report(id: name)) }
    let reported = summary(try events(folder.files))
    #expect(reported.prefix(2) == ["0 began", "0 rows"])
    #expect(
      reported.filter { $0 != "0 rows" } == [
        "0 began", "0 report a", "0 ended", "1 began", "1 report b", "1 ended", "2 began", "2 report c", "2 ended",
        "end",
      ])
    #expect(reported.firstIndex(of: "0 report a") == reported.lastIndex(of: "0 rows").map { $0 + 1 })
  }

  /// Messages with reports of all lengths, and others.
  private func mbox() -> String {
    (0..<700).map { number in
      let header = "From r@example.net Thu Oct  1 00:00:00 2026\nFrom: r@example.net\n"
      let body =
        switch number {
        case 300: Make.report(id: "\(number)", records: 40_000)
        case 500, 501: Make.report(id: "\(number)", records: 400)
        case _ where number % 50 == 7: Make.report(id: "\(number - 1)", records: 2)
        case _ where number % 50 == 8: "<feedback><report_metadata>"
        case _ where number % 50 == 9: "Hello"
        default: Make.report(id: "\(number)")
        }
      let type = body.hasPrefix("<") ? "Content-Type: application/xml; name=\"r!example.com!1!2!\(number).xml\"\n" : ""
      return header + type + "\n" + body + "\n\n"
    }.joined()
  }

  /// What is told of the messages of an mbox file, with their positions; the parts of a long report as one.
  private func messages(_ events: [WriterEvent]) -> [String] {
    var told: [String] = []
    var rows = 0
    for case .found(_, let event) in events {
      switch event {
      case .rows(let part): rows += part.rows.rows.count
      case .report(let report):
        let id = (try? report.identity.get())?.identity.reportID ?? "?"
        let (origin, count) = (report.origin, rows + report.lastRows.rows.count)
        told.append("\(id) \(origin.member ?? "") \(origin.mailOffset ?? -1) \(origin.share.bytes) \(count)")
        rows = 0
      case .rejected(let origin, let why): told.append("\(why.code.rawValue) \(origin.mailOffset ?? -1)")
      case .notAReport(let origin, let kind): told.append("\(kind) \(origin.mailOffset ?? -1)")
      case .mboxEnd(let position): told.append("end \(position.size) \(position.lastMail)")
      default: told.append("\(event)")
      }
    }
    return told
  }

  @Test(arguments: [2, 5]) func whatSeveralThreadsFindInAnMboxFileIsToldAsIfOneHadReadIt(_ threads: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write("a.mbox", mbox())
    try folder.write("b.xml", Make.report(id: "b"))
    let expected = messages(try events(folder.files, threads: 1))
    #expect(expected.count == 702)
    #expect(messages(try events(folder.files, threads: threads)) == expected)
  }

  @Test func anInputThatFailsStopsNoOther() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.xml", "<feedback>")
    try folder.write("b.xml", Make.report(id: "b"))
    try folder.write("c.txt", "hello")
    let files = folder.files
    try FileManager.default.removeItem(atPath: folder.path + "/a.xml")
    let reported = summary(try events(files))
    #expect(
      reported == [
        "0 began", "0 unreadable", "0 ended", "1 began", "1 report b", "1 ended", "2 began", "2 other", "2 ended",
        "end",
      ])
  }

  @Test func aMessageThatWasNotTakenIsRejectedForTheCause() throws {
    #expect(summary(try events([Make.message(1)])) == ["0 began", "0 empty", "0 ended", "end"])
  }

  @Test func withoutInputsItEnds() throws { #expect(summary(try events([])) == ["end"]) }

  @Test(arguments: [0, 1, 3]) func cancellingEndsThreadsThatReadMessages(_ groups: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write("a.mbox", mbox())
    let queue = WriterQueue()
    weak var pool: ParserPool?
    do {
      let feed = InputQueue(threads: 4)
      feed.add(files: folder.files)
      let running = ParserPool(feed, queue, limits: Limits(), trustedHosts: [])
      pool = running
      try running.start(threads: 4)
      for _ in 0..<groups { _ = queue.receive(within: .seconds(600)) }
      running.cancel()
    }
    while pool != nil { usleep(500) }
    #expect(queue.receive(within: .zero) == nil)
  }

  @Test func cancellingEndsThreadsThatWaitForTheWriter() throws {
    let folder = try TemporaryFolder()
    for number in 0..<40 { try folder.write(String(format: "%03d.xml", number), Make.report(id: "\(number)")) }
    let queue = WriterQueue()
    weak var pool: ParserPool?
    do {
      let feed = InputQueue(threads: 2)
      feed.add(files: folder.files)
      let running = ParserPool(feed, queue, limits: Limits(), trustedHosts: [])
      pool = running
      try running.start(threads: 2)
      _ = queue.receive(within: .seconds(600))
      running.cancel()
    }
    // Each thread holds on to the pool until it ends.
    while pool != nil { usleep(500) }
    #expect(queue.receive(within: .zero) == nil)
  }
}
