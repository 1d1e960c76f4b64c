import Dispatch
import NIOCore
import Synchronization

/// What the network has brought and the client has not taken yet. It says when it is full, so that nothing more is read.
final class ResponseBuffer: Sendable {
  enum Event: Sendable {
    /// The content of a mail begins, of so many bytes.
    case literal(bytes: Int64)
    case part(ByteBuffer)
    case response(IMAPResponse)
    case secured(TLSFacts)
  }

  private struct State {
    var events: [Event] = []
    var bytes = 0
    var failure: IMAPError?
    /// Somebody waits for something to come.
    var isAwaited = false
    /// Reading waits for room.
    var isPaused = false
    /// The command whose success ends plain text.
    var switchTag: String?
  }

  private let state = Mutex(State())
  private let changed = DispatchSemaphore(value: 0)

  /// Bytes of contents that are held at most, and some.
  private static let room = 1 << 20
  /// What an event costs besides its bytes.
  private static let eventBytes = 512

  // MARK: The network's side

  func add(_ event: Event) {
    change { state in
      state.events.append(event)
      state.bytes += Self.eventBytes
      if case .part(let buffer) = event { state.bytes += buffer.readableBytes }
    }
  }

  /// Nothing more will come; the first reason counts.
  func fail(_ error: IMAPError) { change { $0.failure = $0.failure ?? error } }

  /// Whether there is room for more; if not, ``take(within:)`` says when there is.
  func hasRoom() -> Bool {
    state.withLock { state in
      state.isPaused = state.bytes >= Self.room
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

  // MARK: The client's side

  func expectSwitch(after tag: String) { state.withLock { $0.switchTag = tag } }

  /// Everything that is there, waiting for something for so many seconds.
  /// - Returns: the events, none if the time is over, and whether reading has to be started again.
  func take(within seconds: Double) throws(IMAPError) -> (events: [Event], wasFull: Bool) {
    let limit = DispatchTime.now() + max(0, seconds)
    var isOver = false
    while true {
      let (events, wasFull, failure) = state.withLock { state in
        state.isAwaited = state.events.isEmpty && state.failure == nil && !isOver
        defer {
          state.events = []
          state.bytes = 0
          state.isPaused = false
        }
        return (state.events, state.isPaused, state.failure)
      }
      if !events.isEmpty { return (events, wasFull) }
      if let failure { throw failure }
      if isOver { return ([], wasFull) }
      isOver = changed.wait(timeout: limit) == .timedOut
    }
  }
}

/// How a connection is encrypted.
public struct TLSFacts: Sendable, Hashable {
  /// Such as `TLS 1.3`.
  public var version: String
  /// Until when the server's certificate is valid, epoch seconds.
  public var certificateEnd: Int64?
}
