/// The pauses of watch mode, which do not depend on the server's cooperation: between connections, between scans of the
/// mailbox, and after an IDLE that the server ended early.
struct Backoff {
  /// Seconds between two scans if the server does not announce new messages.
  private let pollSeconds: Double
  /// Number of consecutive connections that were short.
  private(set) var failures = 0
  /// Number of consecutive scans that found nothing although the server had announced messages.
  private var emptyScans = 0
  /// Number of consecutive IDLE commands that the server ended early.
  private var brokenIdles = 0

  /// Maximum seconds between two connections. A refused login is not retried more often, because that can lock an
  /// account. If a server requests a longer pause, this one is used.
  static let maxPause = 900.0
  private static let minPause = 2.0
  /// A connection that lasts at least this many seconds is healthy.
  private static let healthySeconds = 300.0
  /// Number of consecutive broken IDLE commands after which a mailbox is polled.
  private static let maxBrokenIdles = 3
  /// An IDLE that lasts at least this many seconds does not count as broken.
  private static let usefulIdleSeconds = 60.0

  init(pollSeconds: Double) { self.pollSeconds = pollSeconds }

  /// The pause after a connection has ended.
  /// - Parameters:
  ///   - lasted: seconds since the attempt to connect.
  ///   - isTransient: whether the next attempt may succeed without a change.
  ///   - retryAfter: seconds that the server requests.
  /// - Returns: seconds until the next attempt.
  mutating func pause(afterConnectionOf lasted: Double, isTransient: Bool, retryAfter: Double?) -> Double {
    if lasted >= Self.healthySeconds { failures = 0 }
    let regularPause = Self.minPause * Double(1 << min(failures, 10)) * Double.random(in: 0.5...1.5)
    failures += 1
    emptyScans = 0
    brokenIdles = 0
    let minimum = isTransient ? regularPause : max(regularPause, pollSeconds)
    return max(1, min(max(minimum, retryAfter ?? 0), Self.maxPause))
  }

  /// The pause after a scan of the mailbox.
  /// - Parameter wasUseful: whether there was anything to fetch.
  /// - Returns: minimum seconds until the next scan.
  mutating func pause(afterScan wasUseful: Bool) -> Double {
    emptyScans = wasUseful ? 0 : emptyScans + 1
    // The first scan of a connection usually finds nothing.
    return min(Double(1 << min(max(0, emptyScans - 2), 10)), max(1, pollSeconds))
  }

  /// Whether to use IDLE.
  var usesIdle: Bool { brokenIdles < Self.maxBrokenIdles }

  /// Records the end of an IDLE command.
  /// - Parameters:
  ///   - wasKept: whether it lasted until new messages arrived, or for the requested time.
  ///   - seconds: its duration.
  mutating func noteIdle(wasKept: Bool, seconds: Double) {
    brokenIdles = wasKept || seconds >= Self.usefulIdleSeconds ? 0 : brokenIdles + 1
  }

  /// Records that a wait ended without new messages, as expected.
  mutating func noteQuiet() { emptyScans = 0 }
}
