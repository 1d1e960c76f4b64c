import Dispatch
import Synchronization

/// Hands values from many threads to one, holding at most a few: whoever is too fast waits.
final class BoundedQueue<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])
  private let free: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)

  init(capacity: Int) { free = DispatchSemaphore(value: capacity) }

  func send(_ element: Element) {
    free.wait()
    elements.withLock { $0.append(element) }
    filled.signal()
  }

  /// The next element; nil if none came within the time given.
  func receive(timeout: DispatchTimeInterval) -> Element? {
    guard filled.wait(timeout: .now() + timeout) == .success else { return nil }
    let element = elements.withLock { $0.removeFirst() }
    free.signal()
    return element
  }
}
