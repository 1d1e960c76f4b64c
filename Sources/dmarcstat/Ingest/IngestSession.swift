import DMARC
import Intake
import Store

/// The writer's side of a run: takes what the parsing threads send and commits it in groups.
final class IngestSession {
  private let inputs: [NewInput]
  private let writer: IngestWriter
  private let isDryRun: Bool
  private let after: AfterAction
  private let onProgress: (IngestProgress, IngestTally) -> Void
  private(set) var tally: IngestTally
  private var open: [Int: OpenInput] = [:]
  private var progress: IngestProgress
  /// Files whose reports wait to be committed, after which the files may be moved or deleted.
  private var settled: [InputFile] = []
  /// Which report the long one at hand is, or why it cannot be told; nil while none is at hand.
  private var long: Result<IdentityReading, any Error>?
  private var uncommittedRows = 0
  private var committedAt = ContinuousClock.now

  /// What has been told of an input so far.
  private struct OpenInput {
    var items: [LedgerItem] = []
    var isUnreadable = false
    var isCutOff = false
    var resumedAt: Int64?
    var mailbox: MailboxMark?

    /// Whether everything in it is stored, whole.
    var isSettled: Bool {
      guard !items.isEmpty, !isCutOff, mailbox == nil else { return false }
      return items.allSatisfy {
        switch $0.outcome {
        case .stored(.ingested), .stored(.duplicate): true
        default: false
        }
      }
    }
  }

  /// A group of reports is committed together: each commit costs about as much as a thousand rows.
  private static let groupRows = 50_000
  private static let groupTime = Duration.seconds(1)

  init(
    _ inputs: [NewInput], _ writer: IngestWriter, isDryRun: Bool, after: AfterAction, tally: IngestTally,
    onProgress: @escaping (IngestProgress, IngestTally) -> Void
  ) {
    self.inputs = inputs
    self.writer = writer
    self.isDryRun = isDryRun
    self.after = after
    self.tally = tally
    progress = IngestProgress(totalFiles: inputs.count, totalBytes: inputs.reduce(0) { $0 + $1.file.size })
    self.onProgress = onProgress
  }

  func drain(_ queue: BoundedQueue<[ParserMessage]>) throws {
    try writer.begin()
    committedAt = .now
    while progress.files < inputs.count {
      for message in queue.receive(timeout: .milliseconds(200)) ?? [] { try handle(message) }
      onProgress(progress, tally)
      try commitIfDue()
    }
    if isDryRun { return try writer.rollback() }
    try writer.commit()
    clearAway()
  }

  private func commitIfDue() throws {
    guard !isDryRun, !writer.isLongOpen else { return }
    guard uncommittedRows >= Self.groupRows || committedAt.duration(to: .now) >= Self.groupTime else { return }
    try writer.commit()
    clearAway()
    try writer.begin()
    uncommittedRows = 0
    committedAt = .now
  }

  /// Only what is committed may go.
  private func clearAway() {
    for file in settled { tally.note(after.apply(to: file), file) }
    settled = []
  }

  private func handle(_ message: ParserMessage) throws {
    switch message {
    case .report(let input, let report): try store(report, input)
    case .longRows(let input, let batch, let head, let origin): try addRows(batch, head, origin, input)
    case .longRestart: try dropLong()
    case .longEnd(let input, let report): try endLong(report, input)
    case .rejected(let input, let origin, let why):
      try dropLong()
      reject(why, origin, input)
    case .notAReport(let input, let origin, let kind):
      tally.noteOther(kind)
      // The other mails of a mailbox may be many, and nobody asks for them one by one.
      if origin.mailOffset == nil { add(.notAReport(kind: kind), origin, input) }
    case .progress(let input, let offset): progress.reach(offset, of: inputs[input].file.size)
    case .resumed(let input, let offset): open[input, default: OpenInput()].resumedAt = offset
    case .mailboxEnd(let input, let mark): open[input, default: OpenInput()].mailbox = mark
    case .inputDone(let input): try finish(input)
    }
  }

  private func finish(_ input: Int) throws {
    let file = inputs[input].file
    let state = open.removeValue(forKey: input) ?? OpenInput()
    // What could not be read at all is left out of the ledger: nothing about the file will change when it can be.
    if !state.isUnreadable, !file.isStandardInput {
      try writer.record(inputs[input].ledgerInput(state.mailbox), state.items, resumedAt: state.resumedAt)
      if after != .keep, state.isSettled { settled.append(file) }
    }
    progress.finish(file.size)
    uncommittedRows += 20
  }

  private func add(_ outcome: LedgerItem.Outcome, _ origin: ReportOrigin, _ input: Int) {
    open[input, default: OpenInput()].items.append(
      LedgerItem(member: origin.member, mailOffset: origin.mailOffset, outcome))
  }

  // MARK: Reports

  private func store(_ report: ReadReport, _ input: Int) throws {
    do {
      let identity = try IdentityReading(
        report.tail.head, hints: report.origin.hints, firstHeaderFrom: report.lastRows.outcomes.first?.headerFrom,
        sha256: report.sha256)
      let incoming = incoming(report, identity, input)
      uncommittedRows += report.lastRows.rows.count + 10
      tally.rowsSeen += report.lastRows.rows.count
      note(try writer.store(incoming, report.lastRows), incoming, report.origin, input)
    } catch let rejection as Rejection {
      reject(rejection, report.origin, input)
    }
  }

  private func addRows(_ batch: RecordBatch, _ head: ReportHead, _ origin: ReportOrigin, _ input: Int) throws {
    if long == nil {
      long = Result {
        try IdentityReading(
          head, hints: origin.hints, firstHeaderFrom: batch.outcomes.first?.headerFrom, sha256: nil)
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
      note(try writer.closeLong(incoming, report.lastRows), incoming, report.origin, input)
    case .failure(let error as Rejection): reject(error, report.origin, input)
    default: break
    }
  }

  private func dropLong() throws {
    if writer.isLongOpen { try writer.abortLong() }
    long = nil
  }

  private func incoming(_ report: ReadReport, _ identity: IdentityReading, _ input: Int) -> IncomingReport {
    IncomingReport(
      identity: identity.identity, head: report.tail.head, warnings: identity.warnings + report.tail.warnings,
      sha256: report.sha256, rows: report.tail.rows, messages: report.tail.messages,
      droppedRows: report.tail.droppedRows, isRecovered: report.isRecovered, isTruncated: report.isTruncated,
      origin: place(input, report.origin))
  }

  private func note(_ outcome: StoringOutcome, _ report: IncomingReport, _ origin: ReportOrigin, _ input: Int) {
    add(.stored(outcome), origin, input)
    if report.isTruncated { open[input, default: OpenInput()].isCutOff = true }
    switch outcome {
    case .ingested: tally.noteNew(report)
    case .duplicate: tally.duplicates += 1
    case .conflict(let id):
      let text =
        "another content under the identity of report \(id); the first one stays: "
        + "compare with `dmarcstat show report \(id)`"
      tally.conflicts.append(.init(place: place(input, origin), code: "conflict", text: text))
    }
  }

  private func reject(_ why: Rejection, _ origin: ReportOrigin, _ input: Int) {
    if why.code == .unreadable {
      open[input, default: OpenInput()].isUnreadable = true
      tally.unreachable.append(.init(place: place(input, origin), code: why.code.rawValue, text: why.explanation))
      return
    }
    add(.rejected(why), origin, input)
    tally.rejected.append(.init(place: place(input, origin), code: why.code.rawValue, text: why.explanation))
  }

  private func place(_ input: Int, _ origin: ReportOrigin) -> String {
    inputs[input].file.shown + (origin.member.map { "#\($0)" } ?? "")
  }
}
