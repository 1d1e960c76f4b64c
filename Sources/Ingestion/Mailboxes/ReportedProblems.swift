import Synchronization

/// What has been told of a mailbox, so that a watch does not repeat at each look what has not changed since the last one.
final class ReportedProblems: Sendable {
  private let state = Mutex<(last: Set<String>, now: Set<String>)>(([], []))

  /// Another look begins.
  func beginScan() { state.withLock { $0 = ($0.now, []) } }

  /// Whether this has not been told at the last look.
  func isNew(_ text: String) -> Bool {
    state.withLock { state in
      state.now.insert(text)
      return !state.last.contains(text)
    }
  }
}
