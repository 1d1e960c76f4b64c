import DMARC
import IMAP
import Intake

/// Reads the inputs of one chunk. Its findings are buffered, and sent after those of all earlier chunks.
final class ChunkReader {
  private let chunk: Int
  private let pool: ParserPool
  private var events: [WriterEvent] = []
  private var gatheredRows = 0
  private var gatheredBytes = 0
  private var reportedOffset: Int64 = 0

  /// Bytes of an mbox file between two progress events.
  private static let progressStep: Int64 = 4 << 20
  /// Maximum number of buffered rows.
  private static let rowLimit = 16_384
  /// Approximate maximum bytes of buffered text.
  private static let byteLimit = 1 << 20

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
    let traversal = key.flatMap { mboxTraversal($0, input) }
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
  private func mboxTraversal(_ key: ReadingJournal.Key, _ input: Int) -> MboxTraversal? {
    guard let journal = pool.journal else { return nil }
    let mboxMessages = journal.messages(of: key)
    let willRead = { (offset: Int64, isLast: Bool, fingerprint: () throws -> UInt64) throws -> InputError? in
      guard let mboxMessages, mboxMessages.isKnown(offset) else {
        journal.reach(input, mail: offset)
        return nil
      }
      let fingerprint = try fingerprint()
      if mboxMessages.isQuarantined(offset, fingerprint: fingerprint) { return .quarantine }
      guard isLast else { return nil }
      try self.waitForCommit()
      journal.readAlone(input, mail: offset, fingerprint: fingerprint)
      return nil
    }
    return MboxTraversal(isLeftForLast: { mboxMessages?.isSuspect($0) ?? false }, willRead: willRead)
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
    // An event costs about as much as a few rows.
    gatheredRows += event.rowCount + 4
    gatheredBytes += event.weight
    // The parts of a long report are sent immediately.
    var isPart = false
    if case .rows = event { isPart = true }
    if isPart || gatheredRows >= Self.rowLimit || gatheredBytes >= Self.byteLimit { flush() }
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
    gatheredRows = 0
    gatheredBytes = 0
  }
}
