import NIOCore

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
    /// Whether reading has stopped because the buffer is full.
    var isPaused = false
    /// Tag of the STARTTLS command, whose success ends plaintext.
    var switchTag: String?
  }

  private let state = Monitor(State())

  /// Reading stops at this many bytes.
  private static let capacity = 1 << 20
  /// Bytes counted for each event in addition to its content.
  private static let eventBytes = 512

  // MARK: Producer: the event loop

  func add(_ event: Event) {
    state.update { state in
      state.events.append(event)
      state.bytes += Self.eventBytes
      if case .part(let buffer) = event { state.bytes += buffer.readableBytes }
    }
  }

  /// Ends the stream of events with an error; the first error counts.
  func fail(_ error: IMAPError) { state.update { $0.failure = $0.failure ?? error } }

  /// Whether the buffer can hold more; if not, ``take(_:until:)`` reports when reading must be restarted.
  func hasCapacity() -> Bool {
    state.update { state in
      state.isPaused = state.bytes >= Self.capacity
      return !state.isPaused
    }
  }

  func isSwitch(_ tag: String) -> Bool { state.read { $0.switchTag == tag } }

  // MARK: Consumer: the client

  func expectSwitch(after tag: String) { state.update { $0.switchTag = tag } }

  /// Removes and returns all events; waits until `limit` for the first one.
  /// - Returns: the events and whether reading must be restarted; nil on timeout.
  /// - Throws: ``IMAPError`` if the stream of events has ended, or the deadline has passed.
  func take(
    _ deadline: Deadline, until limit: ContinuousClock.Instant
  ) throws(IMAPError) -> (events: [Event], wasFull: Bool)? {
    let taken: Result<(events: [Event], wasFull: Bool), IMAPError>? = try state.wait(deadline, until: limit) { state in
      guard !state.events.isEmpty else { return state.failure.map { .failure($0) } }
      defer {
        state.events = []
        state.bytes = 0
        state.isPaused = false
      }
      return .success((state.events, state.isPaused))
    }
    return try taken?.get()
  }
}

/// How a connection is encrypted.
package struct TLSFacts: Sendable, Hashable {
  /// Such as `TLS 1.3`.
  package var version: String
  /// End of the validity of the server's certificate, epoch seconds.
  package var certificateEnd: Int64?
}
