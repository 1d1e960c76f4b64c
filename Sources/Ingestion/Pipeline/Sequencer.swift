import Foundation
import Synchronization

/// Lets threads pass in the order of their numbers.
final class Sequencer: Sendable {
  private struct State {
    var next = 0
    var finished: Set<Int> = []
    var isOpen = false
  }

  private let state = Mutex(State())
  private let changed = NSCondition()

  /// Waits until all numbers before this one are finished.
  func wait(for number: Int) {
    changed.lock()
    while state.withLock({ !$0.isOpen && $0.next < number }) { changed.wait() }
    changed.unlock()
  }

  /// Says that a number is finished.
  func finish(_ number: Int) {
    changed.lock()
    state.withLock { state in
      state.finished.insert(number)
      while state.finished.remove(state.next) != nil { state.next += 1 }
    }
    changed.broadcast()
    changed.unlock()
  }

  /// Lets everybody pass from now on.
  func open() {
    changed.lock()
    state.withLock { $0.isOpen = true }
    changed.broadcast()
    changed.unlock()
  }
}
