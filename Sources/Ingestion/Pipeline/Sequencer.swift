import IMAP

/// Runs threads in the order of their numbers.
final class Sequencer: Sendable {
  private struct State {
    var next = 0
    var finished: Set<Int> = []
    var isOpen = false
  }

  private let state = Monitor(State())

  /// Waits until all numbers before this one are finished.
  func wait(for number: Int) { state.wait { $0.isOpen || $0.next >= number ? () : nil } }

  /// Marks a number as finished.
  func finish(_ number: Int) {
    state.update { state in
      state.finished.insert(number)
      while state.finished.remove(state.next) != nil { state.next += 1 }
    }
  }

  /// Releases all threads, regardless of order, from now on.
  func open() { state.update { $0.isOpen = true } }
}
