import DMARC
import IMAP
import Intake

/// A group of messages of an mbox file that one thread has found and any thread may read. The findings are handed back to the first thread,
/// a bounded number of them at a time.
final class GroupReading: Sendable {
  /// Called with the byte offset of each message and its fingerprint before it is read; see `MboxTraversal`.
  typealias WillRead = @Sendable (Int64, () throws -> UInt64) throws -> InputError?

  private struct State {
    var events: [ReportEvent] = []
    var size = EventSize()
    var hasEnded = false
    var isCancelled = false
    /// The error that ended the reading.
    var error: (any Error)?
  }

  let group: MessageGroup
  private let willRead: WillRead
  private let state = Monitor(State())

  init(_ group: MessageGroup, willRead: @escaping WillRead) {
    self.group = group
    self.willRead = willRead
  }

  /// Reads the messages. Blocks while too many findings wait.
  func read(with reader: ReportReader) {
    var failure: (any Error)?
    do { try read(with: reader) { try self.add($0) } } catch { failure = error }
    state.update { state in
      state.error = failure
      state.hasEnded = true
    }
  }

  /// Reads the messages in the thread that has found them.
  func read(with reader: ReportReader, _ handle: @escaping (ReportEvent) throws -> Void) throws {
    let traversal = MboxTraversal(isLeftForLast: { _ in false }, willRead: { [willRead] in try willRead($0, $2) })
    try reader.read(group, traversal: traversal, handle)
  }

  private func add(_ event: ReportEvent) throws {
    let isCancelled: Bool? = state.wait { state in
      if state.isCancelled { return true }
      guard !state.size.isFull else { return nil }
      state.events.append(event)
      state.size.add(event)
      return false
    }
    if isCancelled ?? true { throw CancellationError() }
  }

  /// The next findings of another thread; nil at the end.
  /// - Throws: the error that has ended the reading.
  func next() throws -> [ReportEvent]? {
    let (events, error) =
      state.wait { state -> ([ReportEvent], (any Error)?)? in
        guard state.hasEnded || state.size.isFull || state.isCancelled else { return nil }
        defer { (state.events, state.size) = ([], EventSize()) }
        return (state.events, state.isCancelled ? CancellationError() : state.events.isEmpty ? state.error : nil)
      } ?? ([], nil)
    if let error { throw error }
    return events.isEmpty ? nil : events
  }

  /// Ends the reading at the next finding, and wakes the threads that wait for it.
  func cancel() { state.update { $0.isCancelled = true } }
}
