import Foundation
import Synchronization

/// How long a session may go on, and whether somebody has asked for its end. Shared by those who work and those who tell them to stop.
public final class SessionClock: Sendable {
  private let isStopped = Mutex(false)
  private let end: Date
  /// Whose end is the end of this one, too.
  private let parent: SessionClock?

  /// Seconds after which a waiting session notices that it is to stop.
  static let attention = 0.25

  /// A clock that runs out after so many seconds; nil for never.
  public init(seconds: Double? = nil) {
    end = seconds.map { Date(timeIntervalSinceNow: $0) } ?? .distantFuture
    parent = nil
  }

  private init(seconds: Double, parent: SessionClock) {
    end = min(parent.end, Date(timeIntervalSinceNow: seconds))
    self.parent = parent
  }

  /// A clock that runs out sooner, and stops with this one.
  public func shortened(to seconds: Double) -> SessionClock { SessionClock(seconds: seconds, parent: self) }

  /// Ends all sessions that go by this clock, soon.
  public func stop() { isStopped.withLock { $0 = true } }

  /// Whether ``stop()`` was called.
  public var hasBeenStopped: Bool { isStopped.withLock { $0 } || parent?.hasBeenStopped ?? false }

  /// Seconds until the end.
  public var secondsLeft: Double { max(0.001, end.timeIntervalSinceNow) }

  /// - Throws: ``IMAPError`` where the time is over.
  func check() throws(IMAPError) {
    if hasBeenStopped { throw IMAPError(.stopped, "it was told to stop") }
    guard Date() < end else {
      throw IMAPError(.timeout, "the time for the whole run is over; the next run goes on from here")
    }
  }

  /// Waits, unless it is time to stop.
  /// - Throws: ``IMAPError`` where it is.
  public func wait(_ seconds: Double) throws(IMAPError) {
    let limit = Date(timeIntervalSinceNow: seconds)
    while Date() < limit {
      try check()
      Thread.sleep(forTimeInterval: min(Self.attention, max(0, limit.timeIntervalSinceNow)))
    }
    try check()
  }
}
