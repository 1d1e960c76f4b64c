import DMARC
import Intake
import Lookup
import Store

/// The writer's side of a run: takes what the parsing threads send and commits it in groups.
final class IngestSink {
  private let writer: ReportWriter
  private let isDryRun: Bool
  private let storedRatio: Int64
  /// Makes sure that what is stored is where it should be; nil if nothing is cleared away.
  private let checkPlace: (() throws -> Void)?
  private let journal: ReadingJournal?
  private let suffixes = PublicSuffixList()
  private let onProgress: (IngestProgress, IngestTally) -> Void
  private(set) var tally: IngestTally
  private var open: [Int: OpenInput] = [:]
  private var progress: IngestProgress
  /// Inputs that were read and wait to be committed, with their rows in the ledger.
  private var finished: [(input: PendingInput, row: Int64)] = []
  /// Numbers of inputs that wait to be committed.
  private var finishedInputs: [Int] = []
  /// Files that are committed, to be cleared away once no input of this run can conflict with them any more.
  private(set) var committedFiles: [InputFile] = []
  /// Which report the long one at hand is, or why it cannot be told; nil while none is at hand.
  private var long: Result<ResolvedIdentity, any Error>?
  private var isInTransaction = false
  private var uncommittedRows = 0
  private var committedAt = ContinuousClock.now
  /// Whether all inputs have been told.
  private(set) var hasSeenAll = false

  /// What has been told of an input so far.
  private struct OpenInput {
    let input: PendingInput
    var items: [LedgerItem] = []
    var budget: StoredBudget
    var isUnreadable = false
    /// Where the last mail of an mbox file begins that something was told of.
    var mail: Int64?
    var resumedAt: Int64?
    var mailbox: MboxPosition?
    /// Whether a whole report was found in it.
    var hasReport = false
    /// What came of a mail whose content is doubtful is told only if it turns out to be the whole mail.
    var isNotGiven = false

    var doubt: Doubt? { if case .mail(let mail) = input { mail.doubt } else { nil } }
  }

  /// A group of reports is committed together: each commit costs about as much as a thousand rows.
  private static let groupRows = 50_000
  private static let groupTime = Duration.seconds(1)

  init(
    _ writer: ReportWriter, isDryRun: Bool, storedRatio: Int64, checkPlace: (() throws -> Void)?,
    journal: ReadingJournal?, tally: IngestTally, progress: IngestProgress,
    onProgress: @escaping (IngestProgress, IngestTally) -> Void
  ) {
    self.writer = writer
    self.isDryRun = isDryRun
    self.storedRatio = storedRatio
    self.checkPlace = checkPlace
    self.journal = journal
    self.tally = tally
    self.progress = progress
    self.onProgress = onProgress
  }

  /// Takes everything that comes until all inputs have been told.
  /// - Parameter isToEnd: whether to stop before.
  /// - Throws: a `CancellationError` then; what is not committed is undone.
  func drain(_ queue: BoundedQueue<[ParserMessage]>, isToEnd: () -> Bool = { false }) throws {
    hasSeenAll = false
    while !hasSeenAll {
      if isToEnd() { throw CancellationError() }
      try receive(from: queue)
    }
    if isDryRun { return try writer.rollback() }
    try commit()
  }

  /// Takes what comes next, if it comes soon.
  /// - Returns: whether something came.
  @discardableResult
  func receive(from queue: BoundedQueue<[ParserMessage]>) throws -> Bool {
    let messages = queue.receive(timeout: .milliseconds(200))
    try messages.map { try take($0) }
    onProgress(progress, tally)
    journal?.beat()
    // Where nothing comes for a moment, others may write.
    let isDue =
      messages == nil || uncommittedRows >= Self.groupRows || committedAt.duration(to: .now) >= Self.groupTime
    if isDue, !writer.isLongOpen { try commit() }
    return messages != nil
  }

  func take(_ messages: [ParserMessage]) throws {
    for message in messages {
      // Others may write while nothing comes.
      if !isInTransaction {
        try writer.begin()
        isInTransaction = true
        committedAt = .now
      }
      try handle(message)
    }
  }

  /// Files that have been read to their end.
  var filesDone: Int { progress.files }

  /// Whether nothing is half told.
  var isBetweenInputs: Bool { open.isEmpty }

  func commit() throws {
    guard isInTransaction, !isDryRun else { return }
    try writer.commit()
    isInTransaction = false
    uncommittedRows = 0
    journal?.finish(finishedInputs)
    finishedInputs = []
    for (input, state) in open { if let mail = state.mail { journal?.commit(input, before: mail) } }
    // Only what is committed, in the file that the next run will find, may go.
    try checkPlace?()
    let done = finished
    finished = []
    for (input, outcome) in zip(done.map(\.input), try writer.outcomes(ofInputs: done.map(\.row))) {
      guard let outcome else { continue }
      switch input {
      case .file(let file, _): if outcome == .settled { committedFiles.append(file) }
      case .mail(let mail): mail.mailbox.note(.init(uid: mail.facts.uid, outcome: outcome))
      case .order: break
      }
    }
  }

  private func handle(_ message: ParserMessage) throws {
    switch message {
    case .began(let input, let new): open[input] = OpenInput(input: new, budget: StoredBudget(ratio: storedRatio))
    case .report(let input, let report):
      reach(report.origin, input)
      try store(report, input)
    case .longRows(let input, let batch, let head, let origin): try addRows(batch, head, origin, input)
    case .longRestart: try dropLong()
    case .longEnd(let input, let report): try endLong(report, input)
    case .rejected(let input, let origin, let why):
      try dropLong()
      reach(origin, input)
      reject(why, origin, input)
    case .notAReport(let input, let origin, let kind):
      reach(origin, input)
      if open[input]?.doubt?.isStrong ?? false { return }
      tally.noteOther(kind)
      // The other mails of a mailbox may be many, and nobody asks for them one by one.
      if origin.mailOffset == nil { add(.notAReport(kind: kind), origin, input) }
    case .progress(let input, let offset): progress.reach(offset, of: open[input]?.input.size ?? 0)
    case .resumed(let input, let offset): open[input]?.resumedAt = offset
    case .mailboxEnd(let input, let mark): open[input]?.mailbox = mark
    case .inputDone(let input): try finish(input)
    case .order(let order): try carryOut(order)
    case .allDone: hasSeenAll = true
    }
  }

  private func reach(_ origin: ReportOrigin, _ input: Int) {
    if let mail = origin.mailOffset { open[input]?.mail = mail }
  }

  private func finish(_ input: Int) throws {
    guard let state = open.removeValue(forKey: input) else { return }
    finishedInputs.append(input)
    if case .mail(let mail) = state.input, let doubt = state.doubt,
      state.isNotGiven || doubt.isStrong && !state.hasReport
    {
      mail.mailbox.note(notGiven: mail.facts.uid, doubt.text)
      progress.finish(state.input)
      return
    }
    // What could not be read at all is left out of the ledger: nothing about the input will change when it can be.
    if !state.isUnreadable, let place = state.input.ledgerInput(state.mailbox) {
      finished.append((state.input, try writer.record(place, state.items, resumedAt: state.resumedAt)))
      if case .mail = state.input { tally.mails += 1 } else { tally.filesRead += 1 }
    }
    progress.finish(state.input)
    uncommittedRows += 20
  }

  private func carryOut(_ order: WriterRequest) throws {
    switch order {
    case .opened: tally.mailboxes += 1
    case .announce(let mails, let bytes): progress.expect(mails: mails, bytes: bytes)
    case .look(let key, let range, let reply): reply.give(try writer.ledger(of: key, within: range))
    case .recall(let mailbox, let range, let reply):
      try checkPlace?()
      reply.give(try writer.readMails(in: mailbox, within: range))
    case .cleared(let uids, let mailbox, let step, let isDone):
      try writer.noteCleared(uids, in: mailbox, step)
      if isDone { tally.clearedAway += uids.count }
    case .forget(let uids, let mailbox): try writer.forget(uids, in: mailbox)
    case .commit(let reply):
      try commit()
      reply.give(true)
    case .unseen(let account): tally.unseenAccounts.insert(account)
    case .problem(let problem): tally.unreachable.append(problem)
    }
  }

  /// - Returns: what was written down; nil where the input has no more room in the ledger.
  @discardableResult
  private func add(
    _ outcome: LedgerItem.Outcome, _ origin: ReportOrigin, _ input: Int, isIncomplete: Bool = false
  ) -> LedgerItem.Outcome? {
    guard let outcome = open[input]?.budget.spend(on: outcome, origin) else { return nil }
    open[input]?.items.append(
      LedgerItem(member: origin.member, mailOffset: origin.mailOffset, isIncomplete: isIncomplete, outcome))
    return outcome
  }

  // MARK: Reports

  private func store(_ report: ReadReport, _ input: Int) throws {
    guard !isCut(report, input) else { return }
    do {
      let identity = try ResolvedIdentity(
        report.tail.head, hints: report.origin.hints, firstHeaderFrom: report.lastRows.outcomes.first?.headerFrom,
        sha256: report.sha256, now: writer.now)
      let incoming = incoming(report, identity, input)
      uncommittedRows += report.lastRows.rows.count + 10
      tally.rowsSeen += report.lastRows.rows.count
      let before = writer.storedBytes
      let outcome = try writer.store(incoming, report.lastRows, within: left(of: report.origin, input))
      spend(writer.storedBytes - before, report.origin, input)
      note(outcome, incoming, report.origin, input)
    } catch is TooManyBytes {
      exhaust(report.origin, input)
      reject(StoredBudget.rejection(report.origin.share, storedRatio), report.origin, input)
    } catch let rejection as InputError {
      reject(rejection, report.origin, input)
    }
  }

  private func addRows(_ batch: RecordBatch, _ head: ReportHead, _ origin: ReportOrigin, _ input: Int) throws {
    if long == nil {
      long = Result {
        try ResolvedIdentity(
          head, hints: origin.hints, firstHeaderFrom: batch.outcomes.first?.headerFrom, sha256: nil, now: writer.now)
      }
      if case .success(let reading)? = long { try writer.openLong(reading.identity, head) }
    }
    try addRows(batch, origin, input)
    uncommittedRows += batch.rows.count
    tally.rowsSeen += batch.rows.count
  }

  /// Adds rows to the long report at hand, and gives it up where they are too many bytes for its input.
  private func addRows(_ batch: RecordBatch, _ origin: ReportOrigin, _ input: Int) throws {
    let before = writer.storedBytes
    try writer.addRows(batch)
    spend(writer.storedBytes - before, origin, input)
    guard writer.isLongOpen, left(of: origin, input) < 0 else { return }
    try writer.abortLong()
    long = .failure(StoredBudget.rejection(origin.share, storedRatio))
  }

  private func left(of origin: ReportOrigin, _ input: Int) -> Int64 {
    open[input]?.budget.left(for: origin.share) ?? 0
  }

  private func spend(_ bytes: Int64, _ origin: ReportOrigin, _ input: Int) {
    open[input]?.budget.spend(bytes, origin.share)
  }

  private func exhaust(_ origin: ReportOrigin, _ input: Int) { open[input]?.budget.exhaust(origin.share) }

  private func endLong(_ report: ReadReport, _ input: Int) throws {
    defer { long = nil }
    guard !isCut(report, input) else { return try dropLong() }
    if case .success? = long { try addRows(report.lastRows, report.origin, input) }
    switch long {
    case .success(let reading):
      let incoming = incoming(report, reading, input)
      note(try writer.closeLong(incoming, RecordBatch()), incoming, report.origin, input)
    case .failure(let error as InputError): reject(error, report.origin, input)
    default: break
    }
  }

  /// Whether a report ends too early because the server has not given all of its mail.
  private func isCut(_ report: ReadReport, _ input: Int) -> Bool {
    guard report.isTruncated, open[input]?.doubt != nil else { return false }
    open[input]?.isNotGiven = true
    return true
  }

  private func dropLong() throws {
    if writer.isLongOpen { try writer.abortLong() }
    long = nil
  }

  private func incoming(_ report: ReadReport, _ identity: ResolvedIdentity, _ input: Int) -> IncomingReport {
    let origin = ReportSender(report, identity.identity, suffixes)
    return IncomingReport(
      identity: identity.identity, head: report.tail.head,
      warnings: identity.warnings + report.tail.warnings.map(\.namingOption) + origin.warnings,
      sha256: report.sha256, rows: report.tail.rows, messages: report.tail.messages,
      droppedRows: report.tail.droppedRows, isRecovered: report.isRecovered, isTruncated: report.isTruncated,
      isLossy: report.tail.isLossy, origin: place(input, report.origin), mail: origin.mail,
      sendingOrganisation: origin.organisation)
  }

  private func note(_ outcome: StoringOutcome, _ report: IncomingReport, _ origin: ReportOrigin, _ input: Int) {
    add(.stored(outcome), origin, input, isIncomplete: report.isTruncated || report.isLossy)
    open[input]?.hasReport = true
    switch outcome {
    case .ingested: tally.noteNew(report)
    case .duplicate: tally.duplicates += 1
    case .conflict(let id):
      let text =
        "it conflicts with report \(id), which has the same identity but different rows or lost content: nothing was stored, and both inputs are kept; "
        + "compare them with `dmarcstat show report \(id)`"
      tally.conflicts.append(.init(place: place(input, origin), code: "conflict", text: text))
    }
  }

  private func reject(_ why: InputError, _ origin: ReportOrigin, _ input: Int) {
    if why.code == .unreadable {
      open[input]?.isUnreadable = true
      if why == .vanished {
        tally.vanished += 1
      } else if case .file(let file, _)? = open[input]?.input {
        tally.unreachable.append(
          IngestTally.problem(of: file, why.code.rawValue, why.explanation, place: place(input, origin)))
      } else {
        tally.unreachable.append(.init(place: place(input, origin), code: why.code.rawValue, text: why.explanation))
      }
      return
    }
    if let doubt = open[input]?.doubt, doubt.isStrong || why.code == .truncated {
      open[input]?.isNotGiven = true
      return
    }
    guard case .rejected(let why, _)? = add(.rejected(why, nextStep: why.nextStep), origin, input) else { return }
    tally.rejected.append(.init(place: place(input, origin), code: why.code.rawValue, text: why.explanation))
  }

  private func place(_ input: Int, _ origin: ReportOrigin) -> String {
    (open[input]?.input.shown ?? "") + (origin.member.map { "#\($0)" } ?? "")
  }
}
