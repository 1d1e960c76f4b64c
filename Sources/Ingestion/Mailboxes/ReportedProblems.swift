import Synchronization

/// The problems reported for a mailbox, so that a problem that persists is not reported at every scan in watch mode.
final class ReportedProblems: Sendable {
  private let state = Mutex<(last: Set<String>, now: Set<String>)>(([], []))

  /// Begins another scan.
  func beginScan() { state.withLock { $0 = ($0.now, []) } }

  /// Records a problem. Returns whether the previous scan did not report it.
  func isNew(_ text: String) -> Bool {
    state.withLock { state in
      state.now.insert(text)
      return !state.last.contains(text)
    }
  }
}
