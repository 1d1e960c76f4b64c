import DMARC
import Foundation
import IMAP
import Intake
import Settings
import Store

/// One run of `ingest`: new inputs are read on all cores, and stored by this thread alone.
package struct Ingester {
  let database: ReportDatabase
  let limits: Limits
  /// Hosts whose authentication of messages is believed.
  let trustedHosts: Set<DomainName>
  /// Undo everything at the end.
  let isDryRun: Bool
  /// Read inputs again that were rejected before.
  let retriesRejected: Bool
  /// What becomes of files whose reports are stored.
  let after: FileCleanup
  /// Takes what a person may want to know while it happens, but need not.
  let note: @Sendable (String) -> Void
  let onProgress: (IngestProgress, IngestTally) -> Void

  /// A run with its settings.
  package init(
    database: ReportDatabase, limits: Limits, trustedHosts: Set<DomainName>, isDryRun: Bool, retriesRejected: Bool,
    after: FileCleanup, note: @escaping @Sendable (String) -> Void,
    onProgress: @escaping (IngestProgress, IngestTally) -> Void
  ) {
    self.database = database
    self.limits = limits
    self.trustedHosts = trustedHosts
    self.isDryRun = isDryRun
    self.retriesRejected = retriesRejected
    self.after = after
    self.note = note
    self.onProgress = onProgress
  }

  var mailRules: FetchRules {
    FetchRules(
      isDryRun: isDryRun, retriesRejected: retriesRejected, mostBytes: limits.mailBytes,
      lockFile: isDryRun ? nil : database.path + "-mail",
      isDatabaseInPlace: { [database] in (try? database.checkPlace()) != nil })
  }

  /// Reads everything once.
  /// - Parameter onStart: takes what is to be stopped and closed if a signal ends the program.
  package func run(
    _ paths: [String], _ accounts: [MailAccount], onStart: (Deadline, ReadingJournal?) -> Void
  ) throws -> IngestTally {
    let start = ContinuousClock.now
    if !isDryRun { after.removeLeftovers() }
    let journal = isDryRun ? nil : ReadingJournal(beside: database.path, sources: paths + accounts.map(\.name))
    journal?.noteCrashes()
    let stop = Deadline()
    onStart(stop, journal)
    defer { journal?.close() }
    var tally = try run(paths, accounts, journal, stop) { false }
    if tally.unreachable.isEmpty, tally.unseenAccounts.isEmpty { journal?.noteAllSeen() }
    tally.seconds = -Deadline.seconds(to: start)
    return tally
  }

  /// - Parameters:
  ///   - stop: ends sessions with servers, and what belongs to them.
  ///   - isToEnd: whether to stop before all is read, with what is not committed undone.
  func run(
    _ paths: [String], _ accounts: [MailAccount], _ journal: ReadingJournal?, _ stop: Deadline,
    isToEnd: () -> Bool
  ) throws -> IngestTally {
    var tally = IngestTally()
    let survey = try survey(paths, &tally)
    var settled = survey.known
    if !survey.new.isEmpty || !accounts.isEmpty {
      let (usual, suspects) = Self.parted(survey.new, journal)
      let now = Int64(Date().timeIntervalSince1970)
      try database.withWriter(now: now, isDurable: clearsAway(accounts)) { writer in
        let session = session(
          writer, journal, tally, Self.progress(survey.new), isClearing: clearsAway(accounts))
        let places = SuspectSources()
        let ledger = try accounts.isEmpty ? nil : LedgerReader(database)
        try read(
          usual, accounts, session, Round(stop: stop, ledger: ledger, journal: journal, suspects: places), isToEnd)
        // What a run may have died of is read when nothing else can suffer from it.
        journal?.readAlone(true)
        let alone = Round(stop: stop, ledger: ledger, journal: journal, isAlone: true)
        for suspect in suspects where suspect.deaths == 0 { try read([suspect.input], [], session, alone, isToEnd) }
        for account in accounts where places.holds(account.name) { try read([], [account], session, alone, isToEnd) }
        for suspect in suspects where suspect.deaths > 0 { try read([suspect.input], [], session, alone, isToEnd) }
        tally = session.tally
        settled += session.committedFiles
      }
    }
    try clearAway(settled, &tally)
    return tally
  }

  /// What is read together, and how.
  private struct Round {
    let stop: Deadline
    /// Nil if no accounts are read.
    let ledger: LedgerReader?
    var journal: ReadingJournal?
    var isAlone = false
    var suspects: SuspectSources?
  }

  private func read(
    _ inputs: [PendingInput], _ accounts: [MailAccount], _ session: IngestSink, _ round: Round, _ isToEnd: () -> Bool
  ) throws {
    guard !inputs.isEmpty || !accounts.isEmpty else { return }
    let most = round.isAlone ? 1 : ParserPool.mostThreads
    let feed = InputQueue(threads: most)
    feed.add(files: inputs)
    let stop = round.stop.shortened(to: .infinity)
    let queue = WriterQueue()
    let pool = ParserPool(feed, queue, limits: limits, trustedHosts: trustedHosts, journal: round.journal)
    defer {
      stop.stop()
      pool.cancel()
    }
    var rules = mailRules
    rules.journal = round.journal
    rules.readsSuspects = round.isAlone
    rules.suspects = round.suspects
    if let ledger = round.ledger {
      try AccountPool(accounts).start(
        FetchContext(feed: feed, writer: queue, ledger: ledger, stop: stop, rules: rules, note: note))
    }
    try pool.start(threads: accounts.isEmpty ? min(inputs.count, most) : most)
    try session.drain(queue, isToEnd: isToEnd)
  }

  /// Suspects go last, those that a run has died of alone behind the others.
  private static func parted(_ inputs: [PendingInput], _ journal: ReadingJournal?) -> (
    usual: [PendingInput], suspects: [(input: PendingInput, deaths: Int)]
  ) {
    guard let journal else { return (inputs, []) }
    var usual: [PendingInput] = []
    var suspects: [(input: PendingInput, deaths: Int)] = []
    for input in inputs {
      if let key = input.journalKey, case .suspect(let deaths) = journal.standing(of: key) {
        suspects.append((input, deaths))
      } else {
        usual.append(input)
      }
    }
    return (usual, suspects.sorted { $0.deaths < $1.deaths })
  }

  /// Whether anything that has been read may be gone afterwards.
  func clearsAway(_ accounts: [MailAccount]) -> Bool { after != .keep || !accounts.allSatisfy(\.onlyReads) }

  func session(
    _ writer: ReportWriter, _ journal: ReadingJournal?, _ tally: IngestTally, _ progress: IngestProgress,
    isClearing: Bool
  ) -> IngestSink {
    IngestSink(
      writer, isDryRun: isDryRun, storedRatio: limits.storedRatio, checkPlace: isClearing ? database.checkPlace : nil,
      journal: journal, tally: tally, progress: progress, onProgress: onProgress)
  }

  static func progress(_ inputs: [PendingInput]) -> IngestProgress {
    IngestProgress(totalFiles: inputs.count, totalBytes: inputs.reduce(0) { $0.addingClamped($1.size) })
  }

  /// Looks which files are new, and which of those that were read before may be cleared away.
  func survey(_ paths: [String], _ tally: inout IngestTally) throws -> (new: [PendingInput], known: [InputFile]) {
    if !isDryRun { try after.prepare(for: paths) }
    let walk = DirectoryWalk(paths, excluding: after.target.map { [$0] } ?? [])
    for (problem, source) in zip(walk.problems, walk.problemSources) {
      tally.unreachable.append(
        .init(
          place: problem.path, code: problem.cause.code.rawValue, text: problem.cause.explanation,
          notice: .init(source: source, path: problem.path)))
    }
    tally.omissions += walk.omissions.map {
      .init(
        place: $0.path, code: $0.isPassing ? IngestTally.passingOmission : "left-out", text: $0.cause,
        notice: .init(source: $0.source, path: $0.path))
    }
    tally.hiddenNames = walk.hiddenNames
    tally.inputs = walk.files.count
    return try newInputs(walk.files, &tally)
  }

  private func newInputs(_ files: [InputFile], _ tally: inout IngestTally) throws -> ([PendingInput], [InputFile]) {
    let states = try database.ledgerStates(
      of: files.lazy.map { LedgerInput(name: $0.ledgerName, size: $0.size, modified: $0.time.stamp) })
    var inputs: [PendingInput] = []
    var known: [InputFile] = []
    for (file, state) in zip(files, states) {
      if file.isStream {
        inputs.append(.file(file))
        continue
      }
      switch state {
      case .new: inputs.append(.file(file))
      case .grown(let mark): inputs.append(.file(file, readUpTo: mark))
      case .rejected where retriesRejected: inputs.append(.file(file))
      case .done:
        tally.known += 1
        known.append(file)
      case .rejected:
        tally.known += 1
        tally.knownRejected += 1
      }
    }
    return (inputs, known)
  }

  /// Clears away those files whose contents are all stored, in conflict with nothing that was read up to now.
  func clearAway(_ files: [InputFile], _ tally: inout IngestTally) throws {
    guard after != .keep, !isDryRun, !files.isEmpty else { return }
    try database.checkPlace()
    for (file, isSettled) in zip(files, try database.areSettled(files.map(\.ledgerName))) where isSettled {
      tally.note(after.apply(to: file), file)
    }
  }
}
