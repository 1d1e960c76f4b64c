import DMARC
import IMAP
import Intake

/// Reads the inputs of one chunk. Its findings are buffered, and sent after those of all earlier chunks.
final class ChunkReader {
  private let chunk: Int
  private let pool: ParserPool
  private var events: [WriterEvent] = []
  private var size = EventSize()
  private var reportedOffset: Int64 = 0

  /// Bytes of an mbox file between two progress events.
  private static let progressStep: Int64 = 4 << 20
  /// An mbox file of fewer bytes is read by one thread.
  static let leastDivided: Int64 = 256 << 10

  init(_ chunk: Int, pool: ParserPool) {
    self.chunk = chunk
    self.pool = pool
  }

  func read(_ new: PendingInput, _ input: Int, with reader: ReportReader) {
    events.append(.began(input: input, new))
    let handle = { (event: ReportEvent) in
      if self.pool.queue.isCancelled { throw CancellationError() }
      self.pool.journal?.noteFinding()
      self.handle(event, input)
    }
    let key = new.journalKey
    let traversal = mboxTraversal(new, input, reader, handle)
    let standing = key.flatMap { pool.journal?.standing(of: $0) }
    if let key { pool.journal?.begin(input, key) }
    // The only error thrown here is the cancellation above.
    if standing == .quarantined {
      try? handle(.rejected(ReportOrigin(), .quarantine))
    } else {
      try? Self.read(new, traversal, with: reader, handle)
    }
    events.append(.ended(input: input))
  }

  private static func read(
    _ new: PendingInput, _ traversal: MboxTraversal?, with reader: ReportReader,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) throws {
    switch new {
    case .file(let file, let position): try reader.read(file, after: position, traversal: traversal, handle)
    case .message(let message):
      switch message.content {
      case .success(let bytes): try reader.readMail(bytes, date: message.facts.date, handle)
      case .failure(let rejection): try handle(.rejected(ReportOrigin(), rejection))
      }
    }
  }

  /// Records in the journal which message of an mbox file is being read. Suspects are read last, each after everything
  /// before it is committed.
  ///
  /// Messages that are not suspect are read by several threads, if there are any.
  private func mboxTraversal(
    _ new: PendingInput, _ input: Int, _ reader: ReportReader, _ handle: @escaping (ReportEvent) throws -> Void
  ) -> MboxTraversal? {
    let isDivided = pool.hasSeveralThreads && new.size >= Self.leastDivided
    let key = new.journalKey
    let journal = key == nil ? nil : pool.journal
    guard isDivided || journal != nil else { return nil }
    let known = key.flatMap { journal?.messages(of: $0) }
    let willReadWithOthers: GroupReading.WillRead = { offset, fingerprint in
      guard let known, known.isKnown(offset) else {
        journal?.reach(input, mail: offset)
        return nil
      }
      return try known.isQuarantined(offset, fingerprint: fingerprint()) ? .quarantine : nil
    }
    let willRead = { (offset: Int64, isLast: Bool, fingerprint: () throws -> UInt64) throws -> InputError? in
      if let error = try willReadWithOthers(offset, fingerprint) { return error }
      guard isLast, known?.isKnown(offset) ?? false else { return nil }
      try self.waitForCommit()
      journal?.readAlone(input, mail: offset, fingerprint: try fingerprint())
      return nil
    }
    var traversal = MboxTraversal(isLeftForLast: { known?.isSuspect($0) ?? false }, willRead: willRead)
    if isDivided {
      let division = MailboxDivision(pool.groups, reader, willRead: willReadWithOthers, handle)
      traversal.division = MessageDivision(take: division.take, finish: division.finish)
    }
    return traversal
  }

  private func waitForCommit() throws {
    // The events of earlier chunks come first, even if this chunk has none.
    pool.sequencer.wait(for: chunk)
    flush()
    let answer = Acknowledgement()
    pool.queue.post(.commit(answer))
    guard answer.wait() else { throw CancellationError() }
  }

  private func handle(_ event: ReportEvent, _ input: Int) {
    if case .mail(let offset) = event, !isProgressDue(offset) { return }
    events.append(.found(input: input, event))
    size.add(event)
    // The parts of a long report are sent immediately.
    var isPart = false
    if case .rows = event { isPart = true }
    if isPart || size.isFull { flush() }
  }

  /// Whether enough of an mbox file has been read since the last progress event to send another.
  private func isProgressDue(_ offset: Int64) -> Bool {
    guard offset - reportedOffset >= Self.progressStep || offset < reportedOffset else { return false }
    reportedOffset = offset
    return true
  }

  func flush() {
    guard !events.isEmpty else { return }
    pool.sequencer.wait(for: chunk)
    pool.queue.send(events)
    events = []
    size = EventSize()
  }
}
