import IMAP

/// The groups of messages that wait for a thread, from all mbox files that are being read.
final class GroupQueue: Sendable {
  private struct State {
    var waiting: [GroupReading] = []
    /// Those that are being read by another thread, or whose findings wait.
    var begun: [GroupReading] = []
    /// Threads that read inputs, and may find messages.
    var finders = 0
    var isCancelled = false
  }

  private let state = Monitor(State())

  /// Registers a thread that may find messages.
  func addFinder() { state.update { $0.finders += 1 } }

  /// Marks that a thread will find no more messages.
  func removeFinder() { state.update { $0.finders -= 1 } }

  /// Adds a group.
  func add(_ reading: GroupReading) {
    let isCancelled = state.update { state in
      if !state.isCancelled { state.waiting.append(reading) }
      return state.isCancelled
    }
    if isCancelled { reading.cancel() }
  }

  /// The next group to read. Blocks until there is one; nil if no more will come.
  func take() -> GroupReading? {
    let next: GroupReading?? = state.wait { state in
      if state.isCancelled { return .some(nil) }
      guard state.waiting.isEmpty else {
        let reading = state.waiting.removeFirst()
        state.begun.append(reading)
        return .some(reading)
      }
      return state.finders == 0 ? .some(nil) : nil
    }
    return next ?? nil
  }

  /// Removes a group.
  /// - Returns: whether no thread has begun to read it.
  func remove(_ reading: GroupReading) -> Bool {
    state.update { state in
      state.begun.removeAll { $0 === reading }
      guard let index = state.waiting.firstIndex(where: { $0 === reading }) else { return false }
      state.waiting.remove(at: index)
      return true
    }
  }

  /// Discards all groups, including later ones.
  func cancel() {
    let open = state.update { state in
      defer { (state.waiting, state.begun, state.isCancelled) = ([], [], true) }
      return state.waiting + state.begun
    }
    for reading in open { reading.cancel() }
  }
}
