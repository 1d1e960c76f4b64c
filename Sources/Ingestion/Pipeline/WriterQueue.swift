import IMAP

/// Passes events from many threads to the writing thread, in the order of arrival.
///
/// Its capacity is a few groups of findings: a parsing thread that is too fast has to wait. Requests never wait.
final class WriterQueue: Sendable {
  private struct State {
    var groups: [[WriterEvent]] = []
    /// Number of groups with findings.
    var findings = 0
    var isCancelled = false
  }

  private let state = Monitor(State())

  /// Maximum number of waiting groups of findings.
  private static let capacity = 4

  /// Adds findings. Blocks while the queue is full; after ``cancel()``, they are discarded.
  func send(_ events: [WriterEvent]) {
    state.wait { state -> Void? in
      if state.isCancelled { return () }
      guard state.findings < Self.capacity else { return nil }
      state.groups.append(events)
      state.findings += 1
      return ()
    }
  }

  /// Adds a request; after ``cancel()``, it is denied.
  func post(_ request: WriterRequest) {
    let isTaken = state.update { state in
      if !state.isCancelled { state.groups.append([.request(request)]) }
      return !state.isCancelled
    }
    if !isTaken { request.deny() }
  }

  /// The next events; nil if none arrive within the timeout.
  func receive(within timeout: Duration) -> [WriterEvent]? {
    state.wait(until: .now + timeout) { state in
      guard !state.groups.isEmpty else { return nil }
      let events = state.groups.removeFirst()
      if case .request? = events.first {} else { state.findings -= 1 }
      return events
    }
  }

  /// Discards all events, including later ones, because no thread receives them.
  func cancel() {
    let groups = state.update { state in
      defer { state = State(isCancelled: true) }
      return state.groups
    }
    for case .request(let request) in groups.joined() { request.deny() }
  }

  /// Whether ``cancel()`` was called.
  var isCancelled: Bool { state.read { $0.isCancelled } }
}
