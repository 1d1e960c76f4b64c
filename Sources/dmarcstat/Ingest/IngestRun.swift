import DMARC
import Foundation
import Intake
import Store

/// One run of `ingest`: new inputs are read on all cores, and stored by this thread alone.
struct IngestRun {
  let database: ReportDatabase
  let limits: Limits
  /// Undo everything at the end.
  let isDryRun: Bool
  /// Read inputs again that were rejected before.
  let retriesRejected: Bool
  let onProgress: (_ done: Int, _ total: Int, IngestTally) -> Void

  func run(_ paths: [String]) throws -> IngestTally {
    let start = Date()
    var tally = IngestTally()
    let walk = DirectoryWalk(paths)
    for problem in walk.problems {
      tally.unreachable.append(
        .init(place: problem.path, code: problem.cause.code.rawValue, text: problem.cause.explanation))
    }
    tally.inputs = walk.files.count
    let inputs = try newInputs(walk.files, &tally)
    if !inputs.isEmpty {
      try database.withWriter(now: Int64(start.timeIntervalSince1970)) { writer in
        let session = IngestSession(inputs, writer, isDryRun: isDryRun, tally: tally, onProgress: onProgress)
        let pool = ParserPool(inputs, limits: limits)
        defer { pool.cancel() }
        pool.start()
        try session.drain(pool.queue)
        tally = session.tally
      }
    }
    tally.seconds = Date().timeIntervalSince(start)
    return tally
  }

  private func newInputs(_ files: [InputFile], _ tally: inout IngestTally) throws -> [InputFile] {
    let states = try database.ledgerStates(of: files.lazy.map { ($0.path, $0.size, $0.modified) })
    var inputs: [InputFile] = []
    for (file, state) in zip(files, states) {
      switch state {
      case .new: inputs.append(file)
      case .done: tally.known += 1
      case .rejected where retriesRejected: inputs.append(file)
      case .rejected:
        tally.known += 1
        tally.knownRejected += 1
      }
    }
    return inputs
  }
}

/// The writer's side of a run: takes what the parsing threads send and commits it in groups.
final class IngestSession {
  private let inputs: [InputFile]
  private let writer: IngestWriter
  private let isDryRun: Bool
  private let onProgress: (Int, Int, IngestTally) -> Void
  private(set) var tally: IngestTally
  private var items: [Int: [LedgerItem]] = [:]
  private var unreadable: Set<Int> = []
  private var done = 0
  /// Which report the long one at hand is, or why it cannot be told; nil while none is at hand.
  private var long: Result<IdentityReading, any Error>?
  private var uncommittedRows = 0
  private var committedAt = ContinuousClock.now

  /// A group of reports is committed together: each commit costs about as much as a thousand rows.
  private static let groupRows = 50_000
  private static let groupTime = Duration.seconds(1)

  init(
    _ inputs: [InputFile], _ writer: IngestWriter, isDryRun: Bool, tally: IngestTally,
    onProgress: @escaping (Int, Int, IngestTally) -> Void
  ) {
    self.inputs = inputs
    self.writer = writer
    self.isDryRun = isDryRun
    self.tally = tally
    self.onProgress = onProgress
  }

  func drain(_ queue: BoundedQueue<[ParserMessage]>) throws {
    try writer.begin()
    committedAt = .now
    while done < inputs.count {
      for message in queue.receive(timeout: .milliseconds(200)) ?? [] { try handle(message) }
      onProgress(done, inputs.count, tally)
      try commitIfDue()
    }
    if isDryRun { try writer.rollback() } else { try writer.commit() }
  }

  private func commitIfDue() throws {
    guard !isDryRun, !writer.isLongOpen else { return }
    guard uncommittedRows >= Self.groupRows || committedAt.duration(to: .now) >= Self.groupTime else { return }
    try writer.commit()
    try writer.begin()
    uncommittedRows = 0
    committedAt = .now
  }

  private func handle(_ message: ParserMessage) throws {
    switch message {
    case .report(let input, let report): try store(report, input)
    case .longRows(let input, let batch, let head, let member): try addRows(batch, head, member, input)
    case .longEnd(let input, let report):
      try endLong(report, input)
    case .rejected(let input, let member, let why):
      if writer.isLongOpen { try writer.abortLong() }
      long = nil
      reject(why, member, input)
    case .notAReport(let input, let kind):
      tally.otherFiles += 1
      items[input, default: []].append(LedgerItem(member: nil, .notAReport(kind: kind)))
    case .inputDone(let input): try finish(input)
    }
  }

  private func finish(_ input: Int) throws {
    let file = inputs[input]
    // What could not be read at all is left out of the ledger: nothing about the file will change when it can be.
    if unreadable.remove(input) == nil {
      try writer.record(path: file.path, size: file.size, modified: file.modified, items[input] ?? [])
    }
    items[input] = nil
    done += 1
    uncommittedRows += 20
  }

  // MARK: Reports

  private func store(_ report: ReadReport, _ input: Int) throws {
    do {
      let name = report.member ?? inputs[input].path
      let identity = try IdentityReading(
        report.tail.head, fileName: name, firstHeaderFrom: report.lastRows.outcomes.first?.headerFrom,
        sha256: report.sha256)
      let incoming = incoming(report, identity, input)
      uncommittedRows += report.lastRows.rows.count + 10
      tally.rowsSeen += report.lastRows.rows.count
      note(try writer.store(incoming, report.lastRows), incoming, report.member, input)
    } catch let rejection as Rejection {
      reject(rejection, report.member, input)
    }
  }

  private func addRows(_ batch: RecordBatch, _ head: ReportHead, _ member: String?, _ input: Int) throws {
    if long == nil {
      long = Result {
        try IdentityReading(
          head, fileName: member ?? inputs[input].path, firstHeaderFrom: batch.outcomes.first?.headerFrom, sha256: nil)
      }
      if case .success(let reading)? = long { try writer.openLong(reading.identity, head) }
    }
    try writer.addRows(batch)
    uncommittedRows += batch.rows.count
    tally.rowsSeen += batch.rows.count
  }

  private func endLong(_ report: ReadReport, _ input: Int) throws {
    defer { long = nil }
    switch long {
    case .success(let reading):
      let incoming = incoming(report, reading, input)
      note(try writer.closeLong(incoming, report.lastRows), incoming, report.member, input)
    case .failure(let error as Rejection): reject(error, report.member, input)
    default: break
    }
  }

  private func incoming(_ report: ReadReport, _ identity: IdentityReading, _ input: Int) -> IncomingReport {
    IncomingReport(
      identity: identity.identity, head: report.tail.head, warnings: identity.warnings + report.tail.warnings,
      sha256: report.sha256, rows: report.tail.rows, messages: report.tail.messages,
      droppedRows: report.tail.droppedRows, origin: place(input, report.member))
  }

  private func note(_ outcome: StoringOutcome, _ report: IncomingReport, _ member: String?, _ input: Int) {
    items[input, default: []].append(LedgerItem(member: member, .stored(outcome)))
    switch outcome {
    case .ingested:
      tally.newReports += 1
      tally.rows += report.rows
      tally.messages += report.messages
      tally.warnings += report.warnings.count
      tally.droppedRows += report.droppedRows
    case .duplicate: tally.duplicates += 1
    case .conflict(let id):
      let text =
        "another content under the identity of report \(id); the first one stays: "
        + "compare with `dmarcstat show report \(id)`"
      tally.conflicts.append(.init(place: place(input, member), code: "conflict", text: text))
    }
  }

  private func reject(_ why: Rejection, _ member: String?, _ input: Int) {
    if why.code == .unreadable {
      unreadable.insert(input)
      tally.unreachable.append(.init(place: place(input, member), code: why.code.rawValue, text: why.explanation))
      return
    }
    items[input, default: []].append(LedgerItem(member: member, .rejected(why)))
    let problem = IngestTally.Problem(place: place(input, member), code: why.code.rawValue, text: why.explanation)
    tally.rejected.append(problem)
  }

  private func place(_ input: Int, _ member: String?) -> String {
    inputs[input].shown + (member.map { "#\($0)" } ?? "")
  }
}
