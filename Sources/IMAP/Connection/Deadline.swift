import Foundation
import Synchronization

/// How long a session may go on, and whether somebody has asked for its end. Shared by those who work and those who tell them to stop.
/// It counts real seconds, whatever is done to the time of day.
public final class Deadline: Sendable {
  private struct State {
    var isStopped = false
    var actions: [ObjectIdentifier: @Sendable () -> Void] = [:]
  }

  /// What names an action that ``whenStopped(_:_:)`` was given.
  public final class Token: Sendable {
    /// A new token.
    public init() {}
  }

  private let state = Mutex(State())
  /// Nil for never.
  private let end: ContinuousClock.Instant?
  /// Whose end is the end of this one, too.
  private let parent: Deadline?

  /// Seconds after which a waiting session notices that it is to stop.
  static let attention = 0.25
  /// Longer times are as good as this one: 30 years.
  private static let longest = 1e9

  /// A clock that runs out after so many seconds; nil for never.
  public init(seconds: Double? = nil) {
    end = seconds.map(Self.instant(after:))
    parent = nil
  }

  private init(seconds: Double, parent: Deadline) {
    let own = Self.instant(after: seconds)
    end = parent.end.map { min($0, own) } ?? own
    self.parent = parent
  }

  /// The moment after so many seconds.
  public static func instant(after seconds: Double) -> ContinuousClock.Instant {
    .now.advanced(by: .seconds(seconds.isNaN ? 0 : min(max(0, seconds), longest)))
  }

  /// Seconds from now to a moment, below 0 if it is over.
  public static func seconds(to instant: ContinuousClock.Instant) -> Double {
    let left = ContinuousClock.now.duration(to: instant).components
    return Double(left.seconds) + Double(left.attoseconds) / 1e18
  }

  /// A clock that runs out sooner, and stops with this one.
  public func shortened(to seconds: Double) -> Deadline { Deadline(seconds: seconds, parent: self) }

  /// Ends all sessions that go by this clock, soon. What was to be done then is done when this returns.
  public func stop() {
    state.withLock { state in
      state.isStopped = true
      for action in state.actions.values { action() }
      state.actions = [:]
    }
  }

  /// Whether ``stop()`` was called.
  public var hasBeenStopped: Bool { state.withLock { $0.isStopped } || parent?.hasBeenStopped ?? false }

  /// Has something done at the moment of ``stop()``, at once if that has passed. It must be short, and must not use this clock.
  public func whenStopped(_ token: Token, _ action: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      if !state.isStopped { state.actions[ObjectIdentifier(token)] = action }
      return state.isStopped
    }
    if isLate { action() }
    parent?.whenStopped(token, action)
  }

  /// Takes back what ``whenStopped(_:_:)`` was given. When this returns, it is not being done either.
  public func forget(_ token: Token) {
    state.withLock { _ = $0.actions.removeValue(forKey: ObjectIdentifier(token)) }
    parent?.forget(token)
  }

  /// Seconds until the end.
  public var secondsLeft: Double { max(0.001, end.map(Self.seconds(to:)) ?? Self.longest) }

  /// - Throws: ``IMAPError`` where the time is over.
  func check() throws(IMAPError) {
    if hasBeenStopped { throw IMAPError(.stopped, .stopped) }
    if let end, ContinuousClock.now >= end {
      throw IMAPError(.timeout, .timeIsUp)
    }
  }

  /// Waits, unless it is time to stop.
  /// - Throws: ``IMAPError`` where it is.
  public func wait(_ seconds: Double) throws(IMAPError) {
    let limit = Self.instant(after: seconds)
    while ContinuousClock.now < limit {
      try check()
      Thread.sleep(forTimeInterval: min(Self.attention, max(0, Self.seconds(to: limit))))
    }
    try check()
  }
}
