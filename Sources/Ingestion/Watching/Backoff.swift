/// How long a watch waits before its next attempt, whatever the server does: between connections, between looks into the mailbox, and
/// after an IDLE that the server did not keep up.
struct Backoff {
  /// Seconds between two looks where the server does not tell of new mail.
  private let pollSeconds: Double
  /// Connections in a row that did not last.
  private(set) var failures = 0
  /// Looks in a row that found nothing, although the server had said that there was something.
  private var emptyScans = 0
  /// IDLE commands in a row that the server did not keep up.
  private var brokenIdles = 0

  /// Seconds between two connections at most; a login that is refused is not tried more often, because that can lock an account. A server
  /// that wants a longer pause gets this one.
  static let maxPause = 900.0
  private static let minPause = 2.0
  /// A connection that has lasted for so many seconds was a good one.
  private static let healthySeconds = 300.0
  /// Broken IDLE commands in a row after which a connection is polled.
  private static let maxBrokenIdles = 3
  /// An IDLE that a server ends after so many seconds has still been of use.
  private static let usefulIdleSeconds = 60.0

  init(pollSeconds: Double) { self.pollSeconds = pollSeconds }

  /// A connection has ended.
  /// - Parameters:
  ///   - lasted: seconds since it was attempted.
  ///   - isTransient: whether the next attempt may go well by itself.
  ///   - wanted: seconds that the server asks for.
  /// - Returns: seconds until the next attempt.
  mutating func pause(afterConnectionOf lasted: Double, isTransient: Bool, retryAfter: Double?) -> Double {
    if lasted >= Self.healthySeconds { failures = 0 }
    let usual = Self.minPause * Double(1 << min(failures, 10)) * Double.random(in: 0.5...1.5)
    failures += 1
    emptyScans = 0
    brokenIdles = 0
    let least = isTransient ? usual : max(usual, pollSeconds)
    return max(1, min(max(least, retryAfter ?? 0), Self.maxPause))
  }

  /// A look into the mailbox has ended.
  /// - Parameter wasUseful: whether there was anything to fetch.
  /// - Returns: seconds until the next look at least.
  mutating func pause(afterLook wasUseful: Bool) -> Double {
    emptyScans = wasUseful ? 0 : emptyScans + 1
    // The first look of a connection usually finds nothing.
    return min(Double(1 << min(max(0, emptyScans - 2), 10)), max(1, pollSeconds))
  }

  /// Whether the server is to be asked for IDLE.
  var usesIdle: Bool { brokenIdles < Self.maxBrokenIdles }

  /// An IDLE command has ended.
  /// - Parameters:
  ///   - wasKept: whether it went on until there was news, or as long as it should.
  ///   - seconds: how long it went on.
  mutating func noteIdle(wasKept: Bool, seconds: Double) {
    brokenIdles = wasKept || seconds >= Self.usefulIdleSeconds ? 0 : brokenIdles + 1
  }

  /// A wait has gone on without news until its end, as it should.
  mutating func noteQuiet() { emptyScans = 0 }
}
