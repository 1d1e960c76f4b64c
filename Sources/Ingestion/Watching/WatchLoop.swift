import Foundation
import IMAP
import Intake
import Settings
import Store

/// Reads what comes in until a signal comes: with one configuration, in bursts, each of which is committed, judged and reported.
package final class WatchLoop {
  private let ingester: Ingester
  private let request: IngestRequest
  private let supervision: WatchSupervision
  private let onBatch: (IngestTally) throws -> Void
  private let journal: ReadingJournal?
  private let inputQueue = InputQueue(threads: ParserPool.maxThreads)
  private let deadline = Deadline()
  private var scannedAt: ContinuousClock.Instant?
  private var hasEnded = false
  /// Files that are being read.
  private var unfinishedFiles = 0
  /// Files that may be cleared away then.
  private var settled: [InputFile] = []
  /// Paths that could not be read at the last look, which are told of once.
  private var unreachable: Set<String> = []
  /// When the service manager last heard of us.
  private var heartbeatAt: ContinuousClock.Instant?

  /// Seconds between two looks at files and folders.
  private static let scanSeconds = 60.0
  /// A burst ends when nothing has come for so long, or after so much time.
  private static let quietSeconds = 1.0
  private static let maxBatchSeconds = 60.0

  package init(
    _ ingester: Ingester, _ request: IngestRequest, _ supervision: WatchSupervision, _ journal: ReadingJournal?,
    onBatch: @escaping (IngestTally) throws -> Void
  ) {
    self.ingester = ingester
    self.journal = journal
    self.request = request
    self.supervision = supervision
    self.onBatch = onBatch
  }

  /// - Returns: what ended it.
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
    // Somebody always may bring something: a file may come.
    inputQueue.addProducer()
    if !request.accounts.isEmpty { try watchAccounts(queue) }
    try pool.start()
    while !hasEnded {
      if supervision.request() != nil, !deadline.hasBeenStopped { end() }
      try scanIfDue()
      sendHeartbeat()
      if let events = queue.receive(within: .milliseconds(250)) { try storeBatch(events, queue) }
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

  /// Real seconds, whatever is done to the time of day; without a moment, more than any wait.
  private static func seconds(since moment: ContinuousClock.Instant?) -> Double {
    moment.map { -Deadline.seconds(to: $0) } ?? .infinity
  }

  /// After a crash everything is read once in the order that finds out what the run died of.
  /// - Returns: whether to go on.
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

  /// What has been fetched is still read and committed; nothing more is fetched.
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
    // A stream is read once, and its readers would have to wait for a writer each time.
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
    let known = unreachable
    unreachable = Set((tally.unreachable + tally.omissions).map(\.location))
    tally.unreachable.removeAll { known.contains($0.location) }
    tally.omissions.removeAll { known.contains($0.location) }
    if !tally.unreachable.isEmpty || !tally.omissions.isEmpty || tally.cleanedUp > 0 { try onBatch(tally) }
  }

  /// Clears away what is stored, once all files of the last look have been read.
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
