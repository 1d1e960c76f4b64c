package import DMARC
import Foundation
package import IMAP
package import Intake
package import Settings
package import Store

/// One run of `ingest`: new inputs are parsed on all cores and stored by the calling thread.
package struct Ingester {
  let database: ReportDatabase
  let limits: Limits
  /// Hosts whose Authentication-Results fields are trusted.
  let trustedHosts: Set<DomainName>
  /// Roll back everything at the end.
  let isDryRun: Bool
  /// Read inputs that were rejected before again.
  let retriesRejected: Bool
  /// The cleanup of files whose reports are stored.
  let after: FileCleanup
  /// Receives informational messages for the user during the run.
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

  var fetchRules: FetchRules {
    FetchRules(
      isDryRun: isDryRun, retriesRejected: retriesRejected, maxBytes: limits.mailBytes,
      lockFile: isDryRun ? nil : database.path + "-mail",
      isDatabaseInPlace: { [database] in (try? database.checkPlace()) != nil })
  }

  /// Ingests all sources once.
  /// - Parameter onStart: receives the deadline to stop and the journal to close if a signal ends the program.
  package func run(
    _ paths: [String], _ accounts: [MailAccount], onStart: (Deadline, ReadingJournal?) -> Void
  ) throws -> IngestTally {
    let start = ContinuousClock.now
    if !isDryRun { after.removeLeftovers() }
    let journal = isDryRun ? nil : ReadingJournal(beside: database.path, sources: paths + accounts.map(\.name))
    journal?.noteCrashes()
    let deadline = Deadline()
    onStart(deadline, journal)
    defer { journal?.close() }
    var tally = try run(paths, accounts, journal, deadline) { false }
    if tally.unreachable.isEmpty, tally.uncheckedAccounts.isEmpty { journal?.noteAllSeen() }
    tally.seconds = -Deadline.seconds(to: start)
    return tally
  }

  /// - Parameters:
  ///   - deadline: ends server sessions and the commands that provide their secrets.
  ///   - shouldStop: whether to stop early and roll back uncommitted changes.
  func run(
    _ paths: [String], _ accounts: [MailAccount], _ journal: ReadingJournal?, _ deadline: Deadline,
    shouldStop: () -> Bool
  ) throws -> IngestTally {
    var tally = IngestTally()
    let scan = try scan(paths, &tally)
    var settled = scan.known
    if !scan.new.isEmpty || !accounts.isEmpty {
      let (others, suspects) = Self.partitioned(scan.new, journal)
      let now = Int64(Date().timeIntervalSince1970)
      try database.withWriter(now: now, isDurable: cleansUp(accounts)) { writer in
        let sink = sink(
          writer, journal, tally, Self.progress(scan.new), cleansUp: cleansUp(accounts))
        let suspectAccounts = SuspectSources()
        let ledger = try accounts.isEmpty ? nil : LedgerReader(database)
        try read(
          others, accounts, sink,
          ReadMode(deadline: deadline, ledger: ledger, journal: journal, suspects: suspectAccounts), shouldStop)
        // Inputs that may have crashed a run are read last, when they cannot affect others.
        journal?.readAlone(true)
        let aloneMode = ReadMode(deadline: deadline, ledger: ledger, journal: journal, isAlone: true)
        for suspect in suspects where suspect.crashes == 0 {
          try read([suspect.input], [], sink, aloneMode, shouldStop)
        }
        for account in accounts where suspectAccounts.holds(account.name) {
          try read([], [account], sink, aloneMode, shouldStop)
        }
        for suspect in suspects where suspect.crashes > 0 { try read([suspect.input], [], sink, aloneMode, shouldStop) }
        tally = sink.tally
        settled += sink.committedFiles
      }
    }
    try cleanUp(settled, &tally)
    return tally
  }

  /// How a set of inputs is read.
  private struct ReadMode {
    let deadline: Deadline
    /// Nil if no accounts are read.
    let ledger: LedgerReader?
    var journal: ReadingJournal?
    var isAlone = false
    var suspects: SuspectSources?
  }

  private func read(
    _ inputs: [PendingInput], _ accounts: [MailAccount], _ sink: IngestSink, _ mode: ReadMode, _ shouldStop: () -> Bool
  ) throws {
    guard !inputs.isEmpty || !accounts.isEmpty else { return }
    let maxThreads = mode.isAlone ? 1 : ParserPool.maxThreads
    let inputQueue = InputQueue(threads: maxThreads)
    inputQueue.add(files: inputs)
    let deadline = mode.deadline.shortened(to: .infinity)
    let queue = WriterQueue()
    let pool = ParserPool(inputQueue, queue, limits: limits, trustedHosts: trustedHosts, journal: mode.journal)
    defer {
      deadline.stop()
      pool.cancel()
    }
    var rules = fetchRules
    rules.journal = mode.journal
    rules.readsSuspects = mode.isAlone
    rules.suspects = mode.suspects
    if let ledger = mode.ledger {
      try AccountPool(accounts).start(
        FetchContext(
          inputQueue: inputQueue, writerQueue: queue, ledger: ledger, deadline: deadline, rules: rules, note: note))
    }
    // Several threads read the messages of a large mbox file.
    let isOneEnough = accounts.isEmpty && inputs.allSatisfy { $0.size < ChunkReader.leastDivided }
    try pool.start(threads: isOneEnough ? min(inputs.count, maxThreads) : maxThreads)
    try sink.drain(queue, shouldStop: shouldStop)
  }

  /// Separates suspects from other inputs. Suspects that have crashed a run while they were read alone come last.
  private static func partitioned(_ inputs: [PendingInput], _ journal: ReadingJournal?) -> (
    others: [PendingInput], suspects: [(input: PendingInput, crashes: Int)]
  ) {
    guard let journal, journal.hasSuspects else { return (inputs, []) }
    var others: [PendingInput] = []
    var suspects: [(input: PendingInput, crashes: Int)] = []
    for input in inputs {
      if let key = input.journalKey, case .suspect(let crashes) = journal.standing(of: key) {
        suspects.append((input, crashes))
      } else {
        others.append(input)
      }
    }
    return (others, suspects.sorted { $0.crashes < $1.crashes })
  }

  /// Whether a run may move or delete inputs.
  func cleansUp(_ accounts: [MailAccount]) -> Bool { after != .keep || !accounts.allSatisfy(\.onlyReads) }

  func sink(
    _ writer: ReportWriter, _ journal: ReadingJournal?, _ tally: IngestTally, _ progress: IngestProgress,
    cleansUp: Bool
  ) -> IngestSink {
    IngestSink(
      writer, isDryRun: isDryRun, storedRatio: limits.storedRatio, checkDatabase: cleansUp ? database.checkPlace : nil,
      journal: journal, tally: tally, progress: progress, onProgress: onProgress)
  }

  static func progress(_ inputs: [PendingInput]) -> IngestProgress {
    IngestProgress(totalFiles: inputs.count, totalBytes: inputs.reduce(0) { $0.addingClamped($1.size) })
  }

  /// Finds the new files, and files read before, which may still have to be cleaned up.
  func scan(_ paths: [String], _ tally: inout IngestTally) throws -> (new: [PendingInput], known: [InputFile]) {
    if !isDryRun { try after.prepare(for: paths) }
    let walk = DirectoryWalk(paths, excluding: after.target.map { [$0] } ?? [])
    for (problem, source) in zip(walk.problems, walk.problemSources) {
      tally.unreachable.append(
        .init(
          location: problem.path, code: problem.cause.code.rawValue, text: problem.cause.explanation,
          notice: .init(source: source, path: problem.path)))
    }
    tally.omissions += walk.omissions.map {
      .init(
        location: $0.path, code: $0.isPassing ? IngestTally.passingOmission : "left-out", text: $0.cause,
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
    let isCleanedUp = after != .keep
    for (file, state) in zip(files, states) {
      if file.isStream {
        inputs.append(.file(file))
        continue
      }
      switch state {
      case .new: inputs.append(.file(file))
      case .grown(let position): inputs.append(.file(file, readUpTo: position))
      case .rejected where retriesRejected: inputs.append(.file(file))
      case .done:
        tally.known += 1
        if isCleanedUp { known.append(file) }
      case .rejected:
        tally.known += 1
        tally.knownRejected += 1
      }
    }
    return (inputs, known)
  }

  /// Cleans up the files whose reports are all stored and not in conflict with anything read so far.
  func cleanUp(_ files: [InputFile], _ tally: inout IngestTally) throws {
    guard after != .keep, !isDryRun, !files.isEmpty else { return }
    try database.checkPlace()
    for (file, isSettled) in zip(files, try database.areSettled(files.map(\.ledgerName))) where isSettled {
      tally.note(after.apply(to: file), file)
    }
  }
}
