import Glibc

/// State shared by several threads, which can wait for its changes.
///
/// Waits with a limit use a monotonic clock. On Linux, Dispatch semaphores and `NSCondition` wait until a time of day:
/// if the system time is set back by an hour, a wait of a quarter of a second lasts an hour.
package final class Monitor<State: Sendable>: Sendable {
  // POSIX threads may share both. The compiler cannot verify that, nor that the mutex guards the state.
  private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private nonisolated(unsafe) let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private nonisolated(unsafe) var state: State

  /// A monitor with an initial state.
  package init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(change, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(change)
    pthread_mutex_destroy(mutex)
    change.deallocate()
    mutex.deallocate()
  }

  /// Reads the state.
  package func read<Value>(_ body: (State) throws -> Value) rethrows -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(state)
  }

  /// Changes the state and wakes all waiting threads.
  package func update<Value>(_ body: (inout State) throws -> Value) rethrows -> Value {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(change)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Waits until `body` returns a value. It is called immediately and after every change, and may change the state if
  /// it returns a value.
  /// - Parameter limit: when to give up; nil to wait without a limit.
  /// - Returns: nil if the limit has passed.
  package func wait<Value>(until limit: ContinuousClock.Instant? = nil, _ body: (inout State) -> Value?) -> Value? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let value = body(&state) {
        pthread_cond_broadcast(change)
        return value
      }
      if let limit, ContinuousClock.now >= limit { return nil }
      awaitChange(until: limit)
    }
  }

  private func awaitChange(until limit: ContinuousClock.Instant?) {
    guard let limit else {
      pthread_cond_wait(change, mutex)
      return
    }
    // At most an hour at a time, so that the sum cannot overflow; the caller checks the limit again.
    let seconds = min(max(0, Deadline.seconds(to: limit)), 3_600)
    var moment = timespec()
    clock_gettime(CLOCK_MONOTONIC, &moment)
    let nanoseconds = Int(seconds * 1e9) + moment.tv_nsec
    moment.tv_sec += nanoseconds / 1_000_000_000
    moment.tv_nsec = nanoseconds % 1_000_000_000
    pthread_cond_timedwait(change, mutex, &moment)
  }
}
