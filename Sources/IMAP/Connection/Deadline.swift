import Foundation
import Synchronization

/// The time limit of a session, and a flag that stops it early. Shared by the threads that work and the one that stops
/// them. It uses a monotonic clock, so that changes of the system time have no effect.
package final class Deadline: Sendable {
  private struct State {
    var isStopped = false
    var actions: [ObjectIdentifier: @Sendable () -> Void] = [:]
  }

  /// Identifies an action that was passed to ``whenStopped(_:_:)``.
  package final class Token: Sendable {
    /// A new token.
    package init() {}
  }

  private let state = Mutex(State())
  /// End of the time limit; nil if there is none.
  let end: ContinuousClock.Instant?
  /// A deadline that, when stopped, also stops this one.
  private let parent: Deadline?

  /// Longer times are reduced to this one, about 30 years.
  private static let maxSeconds = 1e9

  /// A deadline after a number of seconds; nil for no limit.
  package init(seconds: Double? = nil) {
    end = seconds.map(Self.instant(after:))
    parent = nil
  }

  private init(seconds: Double, parent: Deadline) {
    let own = Self.instant(after: seconds)
    end = parent.end.map { min($0, own) } ?? own
    self.parent = parent
  }

  /// The instant after a number of seconds.
  package static func instant(after seconds: Double) -> ContinuousClock.Instant {
    .now.advanced(by: .seconds(seconds.isNaN ? 0 : min(max(0, seconds), maxSeconds)))
  }

  /// Seconds from now to an instant; negative if it has passed.
  package static func seconds(to instant: ContinuousClock.Instant) -> Double {
    let left = ContinuousClock.now.duration(to: instant).components
    return Double(left.seconds) + Double(left.attoseconds) / 1e18
  }

  /// A deadline after a number of seconds, or at the end of this one if that is sooner. Stopping this one stops it,
  /// too.
  package func shortened(to seconds: Double) -> Deadline { Deadline(seconds: seconds, parent: self) }

  /// Stops all sessions that use this deadline, soon. All actions have run when this returns.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      for action in state.actions.values { action() }
      state.actions = [:]
    }
  }

  /// Whether ``stop()`` was called.
  package var hasBeenStopped: Bool { state.withLock { $0.isStopped } || parent?.hasBeenStopped ?? false }

  /// Runs an action on ``stop()``, or at once if that was called before. The action must be short and must not use this
  /// deadline.
  package func whenStopped(_ token: Token, _ action: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      if !state.isStopped { state.actions[ObjectIdentifier(token)] = action }
      return state.isStopped
    }
    if isLate { action() }
    parent?.whenStopped(token, action)
  }

  /// Removes an action that was passed to ``whenStopped(_:_:)``. The action is not running when this returns.
  package func forget(_ token: Token) {
    state.withLock { _ = $0.actions.removeValue(forKey: ObjectIdentifier(token)) }
    parent?.forget(token)
  }

  /// Seconds until the end, at least 0.001.
  package var secondsLeft: Double { max(0.001, end.map(Self.seconds(to:)) ?? Self.maxSeconds) }

  /// Checks that the deadline has neither passed nor been stopped.
  /// - Throws: ``IMAPError`` if it has.
  func check() throws(IMAPError) {
    if hasBeenStopped { throw IMAPError(.stopped, .stopped) }
    if let end, ContinuousClock.now >= end {
      throw IMAPError(.timeout, .timeIsUp)
    }
  }

  /// Waits for a number of seconds.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped.
  package func wait(_ seconds: Double) throws(IMAPError) {
    let _: Never? = try Monitor(()).wait(self, until: Self.instant(after: seconds)) { _ in nil }
    try check()
  }
}
