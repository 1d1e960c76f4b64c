import IMAP

/// Hands events from many threads to the one that writes, in the order in which they come.
///
/// It holds only a few groups of findings: a reader that is too fast waits. Requests never wait.
final class WriterQueue: Sendable {
  private struct State {
    var groups: [[WriterEvent]] = []
    /// Groups of findings among them.
    var findings = 0
    var isCancelled = false
  }

  private let state = Monitor(State())

  /// Groups of findings that wait at most.
  private static let capacity = 4

  /// Adds findings as soon as there is room; after ``cancel()`` they are thrown away.
  func send(_ events: [WriterEvent]) {
    state.wait { state -> Void? in
      if state.isCancelled { return () }
      guard state.findings < Self.capacity else { return nil }
      state.groups.append(events)
      state.findings += 1
      return ()
    }
  }

  /// Adds a request; after ``cancel()`` it is denied.
  func post(_ request: WriterRequest) {
    let isTaken = state.update { state in
      if !state.isCancelled { state.groups.append([.request(request)]) }
      return !state.isCancelled
    }
    if !isTaken { request.deny() }
  }

  /// The next events; nil if none come within so much time.
  func receive(within timeout: Duration) -> [WriterEvent]? {
    state.wait(until: .now + timeout) { state in
      guard !state.groups.isEmpty else { return nil }
      let events = state.groups.removeFirst()
      if case .request? = events.first {} else { state.findings -= 1 }
      return events
    }
  }

  /// Nobody receives any more: what is there is thrown away.
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

extension WriterRequest {
  /// Tells that the writer has ended.
  func deny() { if case .commit(let answer) = self { answer.give(false) } }
}
