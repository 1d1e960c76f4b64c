import DMARC
import Foundation
import IMAP
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
  /// What becomes of files whose reports are stored.
  let after: AfterAction
  /// Takes what a person may want to know while it happens, but need not.
  let note: @Sendable (String) -> Void
  let onProgress: (IngestProgress, IngestTally) -> Void

  var mailRules: MailRules {
    MailRules(
      isDryRun: isDryRun, retriesRejected: retriesRejected, mostBytes: limits.mailBytes,
      lockFile: isDryRun ? nil : database.path + "-mail",
      isDatabaseInPlace: { [database] in (try? database.checkPlace()) != nil })
  }

  func run(_ paths: [String], _ accounts: [MailAccount]) throws -> IngestTally {
    let start = Date()
    var tally = IngestTally()
    var (inputs, settled) = try survey(paths, &tally)
    if !inputs.isEmpty || !accounts.isEmpty {
      let feed = InputFeed(threads: ParserPool.mostThreads)
      feed.add(files: inputs)
      let stop = SessionClock()
      let pool = ParserPool(feed, limits: limits)
      defer {
        stop.stop()
        pool.cancel()
      }
      let now = Int64(start.timeIntervalSince1970)
      try database.withWriter(now: now, isDurable: clearsAway(accounts)) { writer in
        let session = session(writer, tally, Self.progress(inputs), isClearing: clearsAway(accounts))
        try MailCrew(accounts).start(MailDesk(feed: feed, stop: stop, rules: mailRules, note: note))
        try pool.start(threads: accounts.isEmpty ? min(inputs.count, ParserPool.mostThreads) : ParserPool.mostThreads)
        try session.drain(pool.queue)
        tally = session.tally
        settled += session.committedFiles
      }
    }
    try clearAway(settled, &tally)
    tally.seconds = Date().timeIntervalSince(start)
    return tally
  }

  /// Whether anything that has been read may be gone afterwards.
  func clearsAway(_ accounts: [MailAccount]) -> Bool { after != .keep || !accounts.allSatisfy(\.onlyReads) }

  func session(
    _ writer: IngestWriter, _ tally: IngestTally, _ progress: IngestProgress, isClearing: Bool
  ) -> IngestSession {
    IngestSession(
      writer, isDryRun: isDryRun, checkPlace: isClearing ? database.checkPlace : nil, tally: tally, progress: progress,
      onProgress: onProgress)
  }

  static func progress(_ inputs: [NewInput]) -> IngestProgress {
    IngestProgress(totalFiles: inputs.count, totalBytes: inputs.reduce(0) { $0.addingClamped($1.size) })
  }

  /// Looks which files are new, and which of those that were read before may be cleared away.
  func survey(_ paths: [String], _ tally: inout IngestTally) throws -> (new: [NewInput], known: [InputFile]) {
    if !isDryRun { try after.prepare(for: paths) }
    let walk = DirectoryWalk(paths, excluding: after.target.map { [$0] } ?? [])
    for (problem, source) in zip(walk.problems, walk.problemSources) {
      tally.unreachable.append(
        .init(
          place: problem.path, code: problem.cause.code.rawValue, text: problem.cause.explanation,
          notice: .init(source: source, path: problem.path)))
    }
    tally.omissions += walk.omissions.map {
      .init(place: $0.path, code: "left-out", text: $0.cause, notice: .init(source: $0.source, path: $0.path))
    }
    tally.hiddenNames = walk.hiddenNames
    tally.inputs = walk.files.count
    return try newInputs(walk.files, &tally)
  }

  private func newInputs(_ files: [InputFile], _ tally: inout IngestTally) throws -> ([NewInput], [InputFile]) {
    let states = try database.ledgerStates(
      of: files.lazy.map { LedgerInput(name: $0.ledgerName, size: $0.size, modified: $0.time.stamp) })
    var inputs: [NewInput] = []
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
