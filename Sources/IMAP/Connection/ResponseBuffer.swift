import Dispatch
import NIOCore
import Synchronization

/// Events that have been received from the network and not yet consumed by the client. Reading stops while it is full.
final class ResponseBuffer: Sendable {
  enum Event: Sendable {
    /// The content of a message begins; it has this many bytes.
    case literal(bytes: Int64)
    case part(ByteBuffer)
    case response(IMAPResponse)
    case secured(TLSFacts)
  }

  private struct State {
    var events: [Event] = []
    var bytes = 0
    var failure: IMAPError?
    /// Whether a thread waits for an event.
    var isAwaited = false
    /// Whether reading has stopped because the buffer is full.
    var isPaused = false
    /// Tag of the STARTTLS command, whose success ends plaintext.
    var switchTag: String?
  }

  private let state = Mutex(State())
  private let changed = DispatchSemaphore(value: 0)

  /// Reading stops at this many bytes.
  private static let capacity = 1 << 20
  /// Bytes counted for each event in addition to its content.
  private static let eventBytes = 512

  // MARK: Producer: the event loop

  func add(_ event: Event) {
    change { state in
      state.events.append(event)
      state.bytes += Self.eventBytes
      if case .part(let buffer) = event { state.bytes += buffer.readableBytes }
    }
  }

  /// Ends the stream of events with an error; the first error counts.
  func fail(_ error: IMAPError) { change { $0.failure = $0.failure ?? error } }

  /// Whether the buffer can hold more; if not, ``take(within:)`` reports when reading must be restarted.
  func hasCapacity() -> Bool {
    state.withLock { state in
      state.isPaused = state.bytes >= Self.capacity
      return !state.isPaused
    }
  }

  func isSwitch(_ tag: String) -> Bool { state.withLock { $0.switchTag == tag } }

  private func change(_ body: (inout State) -> Void) {
    let isAwaited = state.withLock { state in
      body(&state)
      defer { state.isAwaited = false }
      return state.isAwaited
    }
    if isAwaited { changed.signal() }
  }

  // MARK: Consumer: the client

  func expectSwitch(after tag: String) { state.withLock { $0.switchTag = tag } }

  /// Removes and returns all events; waits up to a number of seconds for the first one.
  /// - Returns: the events, none on timeout, and whether reading must be restarted.
  func take(within seconds: Double) throws(IMAPError) -> (events: [Event], wasFull: Bool) {
    let limit = DispatchTime.now() + max(0, seconds)
    var hasTimedOut = false
    while true {
      let (events, wasFull, failure) = state.withLock { state in
        state.isAwaited = state.events.isEmpty && state.failure == nil && !hasTimedOut
        defer {
          state.events = []
          state.bytes = 0
          state.isPaused = false
        }
        return (state.events, state.isPaused, state.failure)
      }
      if !events.isEmpty { return (events, wasFull) }
      if let failure { throw failure }
      if hasTimedOut { return ([], wasFull) }
      hasTimedOut = changed.wait(timeout: limit) == .timedOut
    }
  }
}

/// How a connection is encrypted.
public struct TLSFacts: Sendable, Hashable {
  /// Such as `TLS 1.3`.
  public var version: String
  /// End of the validity of the server's certificate, epoch seconds.
  public var certificateEnd: Int64?
}
