import Foundation
import IMAP
package import Intake
import Settings
import Store

/// Ingests new inputs until a signal arrives, with one configuration. Inputs are processed in batches; each batch is
/// committed, classified and reported.
package final class WatchLoop {
  private let ingester: Ingester
  private let request: IngestRequest
  private let supervision: WatchSupervision
  private let onBatch: (IngestTally) throws -> Void
  private let onIdle: () throws -> Void
  private let journal: ReadingJournal?
  private let inputQueue = InputQueue(threads: ParserPool.maxThreads)
  private let deadline = Deadline()
  private var scannedAt: ContinuousClock.Instant?
  private var hasScanned = false
  private var hasEnded = false
  /// Number of files that are being read.
  private var unfinishedFiles = 0
  /// Files to clean up once these have been read.
  private var settled: [InputFile] = []
  /// Paths that could not be read at the last scan; each is reported once.
  private var unreachable: Set<String> = []
  /// When the last heartbeat was sent to the service manager.
  private var heartbeatAt: ContinuousClock.Instant?

  /// Seconds between two scans of files and folders.
  private static let scanSeconds = 60.0
  /// A batch ends if no event arrives for `quietSeconds`, or after `maxBatchSeconds`.
  private static let quietSeconds = 1.0
  private static let maxBatchSeconds = 60.0

  /// A loop that reads the sources of a request and passes the tally of each batch to `onBatch`. Between batches, it calls `onIdle`
  /// several times a second.
  package init(
    _ ingester: Ingester, _ request: IngestRequest, _ supervision: WatchSupervision, _ journal: ReadingJournal?,
    onBatch: @escaping (IngestTally) throws -> Void, onIdle: @escaping () throws -> Void = {}
  ) {
    self.ingester = ingester
    self.journal = journal
    self.request = request
    self.supervision = supervision
    self.onBatch = onBatch
    self.onIdle = onIdle
  }

  /// Watches until a request ends it.
  /// - Returns: the request that ended it.
  package func watch() throws -> WatchSupervision.Request {
    supervision.begin(request)
    if journal?.hasSuspects ?? false, try !readSuspects() { return supervision.request() ?? .end }
    let queue = WriterQueue()
    let pool = ParserPool(
      inputQueue, queue, limits: ingester.limits, trustedHosts: ingester.trustedHosts, journal: journal)
    defer {
      deadline.stop()
      pool.cancel()
    }
    // This loop itself is a producer, because files may appear.
    inputQueue.addProducer()
    if !request.accounts.isEmpty { try watchAccounts(queue) }
    try pool.start()
    while !hasEnded {
      if supervision.request() != nil, !deadline.hasBeenStopped { end() }
      try scanIfDue()
      sendHeartbeat()
      if let events = queue.receive(within: .milliseconds(250)) {
        try storeBatch(events, queue)
      } else if !hasEnded {
        try onIdle()
      }
    }
    return supervision.request() ?? .end
  }

  private func watchAccounts(_ queue: WriterQueue) throws {
    let context = FetchContext(
      inputQueue: inputQueue, writerQueue: queue, ledger: try LedgerReader(ingester.database), deadline: deadline,
      rules: ingester.fetchRules,
      note: ingester.note)
    for account in request.accounts {
      for folder in account.folders { try MailboxWatcher(account, folder, context).start() }
    }
  }

  /// Seconds since an instant, independent of changes to the system time; infinity for nil.
  private static func seconds(since moment: ContinuousClock.Instant?) -> Double {
    moment.map { -Deadline.seconds(to: $0) } ?? .infinity
  }

  /// After a crash, everything is read once in an order that identifies the input that caused it.
  /// - Returns: whether to continue watching.
  private func readSuspects() throws -> Bool {
    defer { journal?.readAlone(false) }
    do {
      let tally = try ingester.run(request.paths, request.accounts, journal, deadline) {
        sendHeartbeat()
        return supervision.request() != nil
      }
      try onBatch(tally)
      return true
    } catch is CancellationError {
      return false
    }
  }

  private func sendHeartbeat() {
    guard Self.seconds(since: heartbeatAt) >= 1 else { return }
    heartbeatAt = .now
    supervision.noteAlive()
  }

  /// Stops fetching. Messages already fetched are still read and committed.
  private func end() {
    if supervision.request() == .end { supervision.noteStopping() }
    deadline.stop()
    inputQueue.removeProducer()
  }

  private func scanIfDue() throws {
    guard !request.paths.isEmpty, !deadline.hasBeenStopped, unfinishedFiles == 0,
      Self.seconds(since: scannedAt) >= Self.scanSeconds
    else { return }
    var tally = IngestTally()
    let (found, readBefore) = try ingester.scan(request.paths, &tally)
    // A stream is read only once, and opening it again would block until it has a writer.
    let inputs = found.filter { !$0.isStream }
    tally.inputs = inputs.count
    tally.known = 0
    tally.knownRejected = 0
    scannedAt = .now
    unfinishedFiles = inputs.count
    inputQueue.add(files: inputs)
    settled = readBefore
    if inputs.isEmpty { try cleanUp(&tally) }
    tally.omissions.removeAll { $0.code == IngestTally.passingOmission }
    let problems = tally.unreachable + tally.omissions
    let known = unreachable
    unreachable = Set(problems.map(\.location))
    if unreachable != known || !hasScanned { tally.problemsOfPaths = problems }
    hasScanned = true
    tally.unreachable.removeAll { known.contains($0.location) }
    tally.omissions.removeAll { known.contains($0.location) }
    if tally.problemsOfPaths != nil || tally.cleanedUp > 0 { try onBatch(tally) }
  }

  /// Cleans up stored files, once all files of the last scan have been read.
  private func cleanUp(_ tally: inout IngestTally) throws {
    guard unfinishedFiles == 0 || hasEnded else { return }
    let files = settled
    settled = []
    try ingester.cleanUp(files, &tally)
  }

  private func storeBatch(_ first: [WriterEvent], _ queue: WriterQueue) throws {
    let start = ContinuousClock.now
    var tally = IngestTally()
    let now = Int64(Date().timeIntervalSince1970)
    try ingester.database.withWriter(now: now, isDurable: ingester.cleansUp(request.accounts)) { writer in
      let sink = ingester.sink(
        writer, journal, tally, IngestProgress(), cleansUp: ingester.cleansUp(request.accounts))
      try sink.take(first)
      var lastCame = ContinuousClock.now
      while !sink.isFinished {
        if supervision.request() != nil, !deadline.hasBeenStopped { end() }
        if try sink.receive(from: queue) { lastCame = .now }
        sendHeartbeat()
        let isQuiet = Self.seconds(since: lastCame) >= Self.quietSeconds
        let isLong = Self.seconds(since: start) >= Self.maxBatchSeconds
        if sink.isBetweenInputs, isQuiet || isLong, !deadline.hasBeenStopped { break }
      }
      try sink.commit()
      tally = sink.tally
      hasEnded = sink.isFinished
      unfinishedFiles -= sink.filesDone
      settled += sink.committedFiles
    }
    try cleanUp(&tally)
    tally.seconds = Self.seconds(since: start)
    try onBatch(tally)
  }
}
