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
  /// What becomes of files whose reports are stored.
  let after: AfterAction
  let onProgress: (IngestProgress, IngestTally) -> Void

  func run(_ paths: [String]) throws -> IngestTally {
    let start = Date()
    var tally = IngestTally()
    if !isDryRun { try after.prepare() }
    let walk = DirectoryWalk(paths, excluding: after.target.map { [$0] } ?? [])
    for problem in walk.problems {
      tally.unreachable.append(
        .init(place: problem.path, code: problem.cause.code.rawValue, text: problem.cause.explanation))
    }
    tally.inputs = walk.files.count
    let inputs = try newInputs(walk.files, &tally)
    if !inputs.isEmpty {
      try database.withWriter(now: Int64(start.timeIntervalSince1970)) { writer in
        let session = IngestSession(
          inputs, writer, isDryRun: isDryRun, after: after, tally: tally, onProgress: onProgress)
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

  private func newInputs(_ files: [InputFile], _ tally: inout IngestTally) throws -> [NewInput] {
    let states = try database.ledgerStates(of: files.lazy.map { NewInput(file: $0).ledgerInput() })
    var inputs: [NewInput] = []
    var known: [InputFile] = []
    for (file, state) in zip(files, states) {
      if file.isStandardInput {
        inputs.append(NewInput(file: file))
        continue
      }
      switch state {
      case .new: inputs.append(NewInput(file: file))
      case .grown(let mark): inputs.append(NewInput(file: file, mark: mark))
      case .rejected where retriesRejected: inputs.append(NewInput(file: file))
      case .done:
        tally.known += 1
        known.append(file)
      case .rejected:
        tally.known += 1
        tally.knownRejected += 1
      }
    }
    try clearAway(known, &tally)
    return inputs
  }

  /// Files that were stored by a run which kept them, or which ended before it could clear them away.
  private func clearAway(_ files: [InputFile], _ tally: inout IngestTally) throws {
    guard after != .keep, !isDryRun, !files.isEmpty else { return }
    for (file, isSettled) in zip(files, try database.areSettled(files.map(\.ledgerName))) where isSettled {
      tally.note(after.apply(to: file), file)
    }
  }
}
