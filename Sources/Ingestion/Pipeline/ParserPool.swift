import DMARC
import Dispatch
import Foundation
import Intake
import Synchronization

/// What the parsing threads tell the writer. `input` is its number among all inputs.
enum ParserMessage: Sendable {
  /// Whatever comes of an input comes after this.
  case began(input: Int, PendingInput)
  /// A report whose rows all fit in memory.
  case report(input: Int, ReadReport)
  /// Rows of a long report; its `longEnd` or `rejected` follows before anything of another input.
  case longRows(input: Int, RecordBatch, head: ReportHead, ReportOrigin)
  /// What has come of the long report is void; it comes again.
  case longRestart(input: Int)
  case longEnd(input: Int, ReadReport)
  case rejected(input: Int, ReportOrigin, InputError)
  case notAReport(input: Int, ReportOrigin, kind: String)
  /// How far an input was read, in bytes.
  case progress(input: Int, Int64)
  case resumed(input: Int, at: Int64)
  case mailboxEnd(input: Int, MboxPosition)
  /// Everything in the input has been told.
  case inputDone(input: Int)
  /// Somebody who fetches mail wants this done.
  case order(WriterRequest)
  /// All inputs have been told.
  case allDone
}

/// Reads inputs on all cores and sends what it finds to one queue, in the order of the inputs: which of two contents of one
/// report is the first must not be left to chance, and the rows of a long report must arrive together.
final class ParserPool: Sendable {
  let queue = BoundedQueue<[ParserMessage]>(capacity: 4)
  private let feed: InputQueue
  private let limits: Limits
  private let journal: ReadingJournal?
  private let trustedHosts: Set<DomainName>
  private let isCancelled = Mutex(false)
  private let turnstile = Sequencer()
  private let running = Mutex(0)

  /// One more than there are cores, because one may be waiting for its turn.
  static let mostThreads = ProcessInfo.processInfo.activeProcessorCount + 1

  init(_ feed: InputQueue, limits: Limits, trustedHosts: Set<DomainName>, journal: ReadingJournal? = nil) {
    self.feed = feed
    self.limits = limits
    self.trustedHosts = trustedHosts
    self.journal = journal
  }

  /// Starts the threads, fewer if the system does not give so many; they end by themselves when all inputs are read, or after
  /// ``cancel()``.
  /// - Throws: ``IngestionError`` if there is no thread at all.
  func start(threads: Int = mostThreads) throws {
    let go = DispatchSemaphore(value: 0)
    var started = 0
    defer {
      running.withLock { $0 = started }
      for _ in 0..<started { go.signal() }
    }
    for _ in 0..<threads {
      let body: @Sendable () -> Void = {
        go.wait()
        self.run()
        if self.running.withLock({
          $0 -= 1
          return $0 == 0
        }) {
          self.send([.allDone])
        }
      }
      do {
        // GMime reads what is nested by calling itself; the limits keep that to a part of this.
        try WorkerThread.start(stackSize: 4 << 20, body)
        started += 1
      } catch {
        guard started > 0 else { throw error }
        return
      }
    }
  }

  /// Makes the threads end; what they still send is thrown away.
  func cancel() {
    isCancelled.withLock { $0 = true }
    feed.cancel()
    turnstile.open()
    while queue.receive(timeout: .milliseconds(0)) != nil {}
  }

  private func send(_ messages: [ParserMessage]) {
    if !isCancelled.withLock({ $0 }) { queue.send(messages) }
  }

  private func run() {
    let reading = ReportReader(limits: limits, trustedHosts: trustedHosts)
    while let chunk = feed.take() {
      let reader = ChunkReader(chunk.number, pool: self)
      for (offset, input) in chunk.inputs.enumerated() { reader.read(input, chunk.firstInput + offset, with: reading) }
      reader.flush()
      turnstile.finish(chunk.number)
    }
  }

  /// Reads the inputs of one chunk; what it finds is gathered, and sent once all chunks before it have been told.
  private final class ChunkReader {
    private let chunk: Int
    private let pool: ParserPool
    private var messages: [ParserMessage] = []
    private var gatheredRows = 0
    private var gatheredBytes = 0
    private var isLong = false
    private var toldOffset: Int64 = 0

    /// Bytes of a mailbox between two words on how far it was read.
    private static let progressStep: Int64 = 4 << 20
    /// Rows that are gathered at most before they are sent.
    private static let rowLimit = 16_384
    /// Bytes of their texts, roughly.
    private static let byteLimit = 1 << 20

    init(_ chunk: Int, pool: ParserPool) {
      self.chunk = chunk
      self.pool = pool
    }

    func read(_ new: PendingInput, _ input: Int, with reading: ReportReader) {
      if case .order(let order) = new { return messages.append(.order(order)) }
      messages.append(.began(input: input, new))
      let handle = { (event: ReportEvent) in
        // A queue that nobody empties any more would block for ever.
        if self.pool.isCancelled.withLock({ $0 }) { throw CancellationError() }
        self.pool.journal?.noteFinding()
        self.handle(event, input)
      }
      let key = new.journalKey
      let round = key.flatMap { mailRound($0, input) }
      // What is thrown here is only the cancellation above.
      let standing = key.flatMap { pool.journal?.standing(of: $0) }
      if let key { pool.journal?.begin(input, key) }
      if standing == .quarantined {
        try? handle(.rejected(ReportOrigin(), .quarantine))
      } else {
        try? Self.read(new, round, with: reading, handle)
      }
      messages.append(.inputDone(input: input))
    }

    private static func read(
      _ new: PendingInput, _ round: MboxTraversal?, with reading: ReportReader,
      _ handle: @escaping (ReportEvent) throws -> Void
    ) throws {
      switch new {
      case .file(let file, let mark): try reading.read(file, after: mark, round: round, handle)
      case .mail(let mail):
        switch mail.content {
        case .success(let bytes): try reading.readMail(bytes, date: mail.facts.date, handle)
        case .failure(let rejection): try handle(.rejected(ReportOrigin(), rejection))
        }
      case .order: break
      }
    }

    /// Notes in the journal which mail of an mbox file is being read. Suspects come last: each once all before it is committed.
    private func mailRound(_ key: ReadingJournal.Key, _ input: Int) -> MboxTraversal? {
      guard let journal = pool.journal else { return nil }
      let mails = journal.mails(of: key)
      let willRead = { (offset: Int64, isLast: Bool, fingerprint: () throws -> UInt64) throws -> InputError? in
        guard let mails, mails.isKnown(offset) else {
          journal.reach(input, mail: offset)
          return nil
        }
        let fingerprint = try fingerprint()
        if mails.isQuarantined(offset, fingerprint: fingerprint) { return .quarantine }
        guard isLast else { return nil }
        try self.waitForCommit()
        journal.readAlone(input, mail: offset, fingerprint: fingerprint)
        return nil
      }
      return MboxTraversal(isLeftForLast: { mails?.isSuspect($0) ?? false }, willRead: willRead)
    }

    private func waitForCommit() throws {
      let reply = Reply<Bool>()
      messages.append(.order(.commit(reply)))
      flush()
      guard reply.wait(while: { !self.pool.isCancelled.withLock { $0 } }) != nil else { throw CancellationError() }
    }

    private func handle(_ event: ReportEvent, _ input: Int) {
      switch event {
      case .rows(let batch, let head, let origin):
        isLong = true
        add(.longRows(input: input, batch, head: head, origin), rows: batch.rows.count)
        flush()
      case .restarted:
        add(.longRestart(input: input), rows: 0)
        isLong = false
      case .report(let report):
        let rows = report.lastRows.rows.count
        gatheredBytes += report.weight
        add(isLong ? .longEnd(input: input, report) : .report(input: input, report), rows: rows)
        isLong = false
      case .rejected(let origin, let why):
        gatheredBytes += why.cause.utf8.count + origin.weight
        add(.rejected(input: input, origin, why), rows: 0)
        isLong = false
      case .notAReport(let origin, let kind): add(.notAReport(input: input, origin, kind: kind), rows: 0)
      case .mail(let offset): note(offset, input)
      case .resumed(let offset): add(.resumed(input: input, at: offset), rows: 0)
      case .mailboxEnd(let mark): add(.mailboxEnd(input: input, mark), rows: 0)
      }
    }

    /// Tells of the way through a mailbox now and then.
    private func note(_ offset: Int64, _ input: Int) {
      guard offset - toldOffset >= Self.progressStep || offset < toldOffset else { return }
      toldOffset = offset
      add(.progress(input: input, offset), rows: 0)
    }

    private func add(_ message: ParserMessage, rows: Int) {
      messages.append(message)
      // A message weighs about as much as a few rows.
      gatheredRows += rows + 4
      if gatheredRows >= Self.rowLimit || gatheredBytes >= Self.byteLimit { flush() }
    }

    func flush() {
      guard !messages.isEmpty else { return }
      pool.turnstile.wait(for: chunk)
      pool.send(messages)
      messages = []
      gatheredRows = 0
      gatheredBytes = 0
    }
  }
}
