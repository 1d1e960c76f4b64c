import DMARC
import Dispatch
import IMAP
import Intake
import Lookup
import ReportXML
import Store

/// The writer's side of a run: processes the events of the parsing threads and commits them in groups.
final class IngestSink {
  let writer: ReportWriter
  let storedRatio: Int64
  let suffixes = PublicSuffixList()
  private let isDryRun: Bool
  /// Checks that the database is still at its path; nil if nothing is cleaned up.
  private let checkDatabase: (() throws -> Void)?
  private let journal: ReadingJournal?
  private let onProgress: (IngestProgress, IngestTally) -> Void
  var tally: IngestTally
  var open: [Int: OpenInput] = [:]
  private var progress: IngestProgress
  /// Inputs that were read but not committed, with their rows in the ledger.
  private var finished: [(input: PendingInput, row: Int64)] = []
  /// Numbers of inputs that were read but not committed.
  private var finishedInputs: [Int] = []
  /// Committed files, to be cleaned up once no other input of this run can conflict with them.
  private(set) var committedFiles: [InputFile] = []
  /// Requests that are deferred until the end of a long report.
  private var deferred: [WriterRequest] = []
  private var isInTransaction = false
  var uncommittedRows = 0
  private var committedAt = ContinuousClock.now
  /// Whether the end of all events was received.
  private(set) var isFinished = false

  /// Reports are committed in groups, because each commit costs about as much as a thousand rows.
  private static let groupRows = 50_000
  private static let groupTime = Duration.seconds(1)

  init(
    _ writer: ReportWriter, isDryRun: Bool, storedRatio: Int64, checkDatabase: (() throws -> Void)?,
    journal: ReadingJournal?, tally: IngestTally, progress: IngestProgress,
    onProgress: @escaping (IngestProgress, IngestTally) -> Void
  ) {
    self.writer = writer
    self.isDryRun = isDryRun
    self.storedRatio = storedRatio
    self.checkDatabase = checkDatabase
    self.journal = journal
    self.tally = tally
    self.progress = progress
    self.onProgress = onProgress
  }

  deinit { for request in deferred { request.deny() } }

  /// Processes all events until the last one.
  /// - Parameter shouldStop: whether to stop early.
  /// - Throws: a `CancellationError` in that case; uncommitted changes are rolled back.
  func drain(_ queue: WriterQueue, shouldStop: () -> Bool = { false }) throws {
    isFinished = false
    while !isFinished {
      if shouldStop() { throw CancellationError() }
      try receive(from: queue)
    }
    if isDryRun { return try writer.rollback() }
    try commit()
  }

  /// Processes the next events, if any arrive soon.
  /// - Returns: whether any events arrived.
  @discardableResult
  func receive(from queue: WriterQueue) throws -> Bool {
    let events = queue.receive(within: .milliseconds(200))
    try events.map { try take($0) }
    onProgress(progress, tally)
    journal?.beat()
    // While no events arrive, other processes may write.
    let isDue = events == nil || uncommittedRows >= Self.groupRows || committedAt.duration(to: .now) >= Self.groupTime
    if isDue, !writer.isLongOpen { try commit() }
    return events != nil
  }

  func take(_ events: [WriterEvent]) throws {
    for event in events { try take(event) }
  }

  private func take(_ event: WriterEvent) throws {
    switch event {
    case .began(let input, let new):
      try beginTransaction()
      open[input] = OpenInput(input: new, budget: StoredBudget(ratio: storedRatio))
    case .found(let input, let found):
      try beginTransaction()
      try take(found, input)
    case .ended(let input):
      try beginTransaction()
      try finish(input)
    case .request(let request): deferred.append(request)
    case .end: isFinished = true
    }
    // In the middle of a report nothing can be committed, and everything written there may be rolled back with it.
    while !writer.isLongOpen, !deferred.isEmpty { try carryOut(deferred.removeFirst()) }
  }

  /// Begins a transaction if none is open. None stays open while no events arrive, so that other processes may write.
  private func beginTransaction() throws {
    guard !isInTransaction else { return }
    try writer.begin()
    isInTransaction = true
    committedAt = .now
  }

  /// Number of files that were read completely.
  var filesDone: Int { progress.files }

  /// Whether no input is partly read.
  var isBetweenInputs: Bool { open.isEmpty }

  func commit() throws {
    guard isInTransaction, !isDryRun else { return }
    try writer.commit()
    isInTransaction = false
    uncommittedRows = 0
    journal?.finish(finishedInputs)
    finishedInputs = []
    for (input, state) in open { if let offset = state.messageOffset { journal?.commit(input, before: offset) } }
    // Only what is committed, in the file that the next run will open, may be cleaned up.
    try checkDatabase?()
    try noteCommitted()
  }

  /// Notifies the mailboxes of committed messages, and records which files may be cleaned up.
  private func noteCommitted() throws {
    var files: [(file: InputFile, row: Int64)] = []
    for (input, row) in finished {
      switch input {
      case .file(let file, _): files.append((file, row))
      case .message(let message): message.mailbox.noteCommitted(message.facts.uid)
      }
    }
    finished = []
    // Without cleanup, the outcomes of the files are not needed.
    guard checkDatabase != nil else { return }
    for (file, outcome) in zip(files, try writer.outcomes(ofInputs: files.map(\.row))) where outcome == .settled {
      committedFiles.append(file.file)
    }
  }

  private func take(_ found: ReportEvent, _ input: Int) throws {
    switch found {
    case .rows(let part): try addRows(part, input)
    case .restarted: try writer.discardRows()
    case .report(let report):
      reach(report.origin, input)
      try store(report, input)
    case .rejected(let origin, let why):
      try writer.discardRows()
      reach(origin, input)
      reject(why, origin, input)
    case .notAReport(let origin, let kind):
      reach(origin, input)
      if open[input]?.doubt?.isStrong ?? false { return }
      tally.noteOther(kind)
      // An mbox file may have many other messages, which are not listed one by one.
      if origin.mailOffset == nil { add(.notAReport(kind: kind), origin, input) }
    case .mail(let offset): progress.reach(offset, of: open[input]?.input.size ?? 0)
    case .resumed(let offset): open[input]?.resumedAt = offset
    case .mboxEnd(let position): open[input]?.mboxPosition = position
    }
  }

  private func reach(_ origin: ReportOrigin, _ input: Int) {
    if let offset = origin.mailOffset { open[input]?.messageOffset = offset }
  }

  private func finish(_ input: Int) throws {
    guard let state = open.removeValue(forKey: input) else { return }
    finishedInputs.append(input)
    progress.finish(state.input)
    if case .message(let message) = state.input, let doubt = state.doubt,
      state.isWithheld || doubt.isStrong && !state.hasReport
    {
      return message.mailbox.note(withheld: message.facts.uid, doubt.text)
    }
    uncommittedRows += 20
    // An unreadable input is not recorded in the ledger, because its size and time may not change when it becomes
    // readable.
    let ledgerInput = state.isUnreadable ? nil : state.input.ledgerInput(state.mboxPosition)
    if let ledgerInput {
      finished.append((state.input, try writer.record(ledgerInput, state.items, resumedAt: state.resumedAt)))
    }
    switch state.input {
    case .file: if ledgerInput != nil { tally.filesRead += 1 }
    case .message(let message):
      if ledgerInput != nil { tally.fetchedMessages += 1 }
      message.mailbox.noteRead(message.facts.uid, isRecorded: ledgerInput != nil)
    }
  }

  private func carryOut(_ request: WriterRequest) throws {
    switch request {
    case .opened: tally.mailboxes += 1
    case .announce(let messages, let bytes): progress.expect(messages: messages, bytes: bytes)
    case .cleaned(let uids, let mailbox, let step, let isDone):
      try beginTransaction()
      try writer.note(step, of: uids, in: mailbox)
      if isDone { tally.cleanedUp += uids.count }
    case .forget(let uids, let mailbox):
      try beginTransaction()
      try writer.forget(uids, in: mailbox)
    case .commit(let answer):
      // Answer in any case: no thread must wait for a writer that has failed.
      defer { answer.give(false) }
      try commit()
      try checkDatabase?()
      answer.give(true)
    case .unchecked(let account): tally.uncheckedAccounts.insert(account)
    case .problem(let problem): tally.unreachable.append(problem)
    case .reached(let location): tally.reached.insert(location)
    }
  }

  /// Adds an item to the ledger entry of an input.
  /// - Returns: the recorded outcome; nil if the input has exhausted its budget.
  @discardableResult
  func add(
    _ outcome: LedgerItem.Outcome, _ origin: ReportOrigin, _ input: Int, isIncomplete: Bool = false
  ) -> LedgerItem.Outcome? {
    guard let outcome = open[input]?.budget.spend(on: outcome, origin) else { return nil }
    open[input]?.items.append(
      LedgerItem(member: origin.member, mailOffset: origin.mailOffset, isIncomplete: isIncomplete, outcome))
    return outcome
  }
}
