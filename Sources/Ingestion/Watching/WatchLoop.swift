import Foundation
import IMAP
import Intake
import Settings
import Store

/// Reads what comes in until a signal comes: with one configuration, in bursts, each of which is committed, judged and reported.
package final class WatchLoop {
  private let run: Ingester
  private let plan: IngestRequest
  private let supervision: WatchSupervision
  private let onBurst: (IngestTally) throws -> Void
  private let journal: ReadingJournal?
  private let feed = InputQueue(threads: ParserPool.mostThreads)
  private let stop = Deadline()
  private var surveyedAt: ContinuousClock.Instant?
  private var hasEnded = false
  /// Files that are being read.
  private var filesUnderWay = 0
  /// Files that may be cleared away then.
  private var settled: [InputFile] = []
  /// Paths that could not be read at the last look, which are told of once.
  private var unreachable: Set<String> = []
  /// When the service manager last heard of us.
  private var toldAt: ContinuousClock.Instant?

  /// Seconds between two looks at files and folders.
  private static let surveySeconds = 60.0
  /// A burst ends when nothing has come for so long, or after so much time.
  private static let quietSeconds = 1.0
  private static let burstSeconds = 60.0

  package init(
    _ run: Ingester, _ plan: IngestRequest, _ supervision: WatchSupervision, _ journal: ReadingJournal?,
    onBurst: @escaping (IngestTally) throws -> Void
  ) {
    self.run = run
    self.journal = journal
    self.plan = plan
    self.supervision = supervision
    self.onBurst = onBurst
  }

  /// - Returns: what ended it.
  package func watch() throws -> WatchSupervision.Request {
    supervision.begin(plan)
    if journal?.hasSuspects ?? false, try !readSuspects() { return supervision.request() ?? .end }
    let queue = WriterQueue()
    let pool = ParserPool(feed, queue, limits: run.limits, trustedHosts: run.trustedHosts, journal: journal)
    defer {
      stop.stop()
      pool.cancel()
    }
    // Somebody always may bring something: a file may come.
    feed.enter()
    if !plan.accounts.isEmpty { try watchAccounts(queue) }
    try pool.start()
    while !hasEnded {
      if supervision.request() != nil, !stop.hasBeenStopped { end() }
      try surveyIfDue()
      tellAlive()
      if let events = queue.receive(within: .milliseconds(250)) { try burst(events, queue) }
    }
    return supervision.request() ?? .end
  }

  private func watchAccounts(_ queue: WriterQueue) throws {
    let desk = FetchContext(
      feed: feed, writer: queue, ledger: try LedgerReader(run.database), stop: stop, rules: run.mailRules,
      note: run.note)
    for account in plan.accounts {
      for folder in account.folders { try MailboxWatcher(account, folder, desk).start() }
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
      let tally = try run.run(plan.paths, plan.accounts, journal, stop) {
        tellAlive()
        return supervision.request() != nil
      }
      try onBurst(tally)
      return true
    } catch is CancellationError {
      return false
    }
  }

  private func tellAlive() {
    guard Self.seconds(since: toldAt) >= 1 else { return }
    toldAt = .now
    supervision.noteAlive()
  }

  /// What has been fetched is still read and committed; nothing more is fetched.
  private func end() {
    if supervision.request() == .end { supervision.noteStopping() }
    stop.stop()
    feed.leave()
  }

  private func surveyIfDue() throws {
    guard !plan.paths.isEmpty, !stop.hasBeenStopped, filesUnderWay == 0,
      Self.seconds(since: surveyedAt) >= Self.surveySeconds
    else { return }
    var tally = IngestTally()
    let (found, readBefore) = try run.survey(plan.paths, &tally)
    // A stream is read once, and its readers would have to wait for a writer each time.
    let inputs = found.filter { !$0.isStream }
    tally.inputs = inputs.count
    tally.known = 0
    tally.knownRejected = 0
    surveyedAt = .now
    filesUnderWay = inputs.count
    feed.add(files: inputs)
    settled = readBefore
    if inputs.isEmpty { try clearAway(&tally) }
    tally.omissions.removeAll { $0.code == IngestTally.passingOmission }
    let known = unreachable
    unreachable = Set((tally.unreachable + tally.omissions).map(\.place))
    tally.unreachable.removeAll { known.contains($0.place) }
    tally.omissions.removeAll { known.contains($0.place) }
    if !tally.unreachable.isEmpty || !tally.omissions.isEmpty || tally.clearedAway > 0 { try onBurst(tally) }
  }

  /// Clears away what is stored, once all files of the last look have been read.
  private func clearAway(_ tally: inout IngestTally) throws {
    guard filesUnderWay == 0 || hasEnded else { return }
    let files = settled
    settled = []
    try run.clearAway(files, &tally)
  }

  private func burst(_ first: [WriterEvent], _ queue: WriterQueue) throws {
    let start = ContinuousClock.now
    var tally = IngestTally()
    let now = Int64(Date().timeIntervalSince1970)
    try run.database.withWriter(now: now, isDurable: run.clearsAway(plan.accounts)) { writer in
      let session = run.session(
        writer, journal, tally, IngestProgress(), isClearing: run.clearsAway(plan.accounts))
      try session.take(first)
      var lastCame = ContinuousClock.now
      while !session.hasSeenAll {
        if supervision.request() != nil, !stop.hasBeenStopped { end() }
        if try session.receive(from: queue) { lastCame = .now }
        tellAlive()
        let isQuiet = Self.seconds(since: lastCame) >= Self.quietSeconds
        let isLong = Self.seconds(since: start) >= Self.burstSeconds
        if session.isBetweenInputs, isQuiet || isLong, !stop.hasBeenStopped { break }
      }
      try session.commit()
      tally = session.tally
      hasEnded = session.hasSeenAll
      filesUnderWay -= session.filesDone
      settled += session.committedFiles
    }
    try clearAway(&tally)
    tally.seconds = Self.seconds(since: start)
    try onBurst(tally)
  }
}
