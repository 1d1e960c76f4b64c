import DMARC

/// A cache of decoded outcomes that the parsers of one thread share. Small reports about the same domains repeat the same outcomes.
public final class OutcomeCache {
  private var keys = ByteKeyTable()
  private var outcomes: [AuthenticationOutcome?] = []

  /// The maximum number of entries; a full cache is emptied.
  private static let limit = 4_000
  /// The maximum size of a cached outcome in bytes: longer ones are rare and would make the cache large.
  private static let keyLimit = 2_000
  /// The maximum size of all keys in bytes; the values take a few times as much memory.
  private static let byteLimit = 1 << 20

  /// Creates an empty cache for one thread.
  public init() {}

  /// The cached outcome for these bytes, or the result of `decode`. An outcome with warnings is not cached, because the warnings of
  /// each record have its own line numbers.
  func outcome(
    of key: UnsafeBufferPointer<UInt8>, decode: () -> (outcome: AuthenticationOutcome, hasWarnings: Bool)
  ) -> (outcome: AuthenticationOutcome, hasWarnings: Bool) {
    guard key.count <= Self.keyLimit else { return decode() }
    if outcomes.count >= Self.limit || keys.keyBytes >= Self.byteLimit {
      keys.removeAll()
      outcomes.removeAll(keepingCapacity: true)
    }
    let (number, isNew) = keys.number(of: key)
    if !isNew, let known = outcomes[number] { return (known, false) }
    let made = decode()
    if isNew { outcomes.append(made.hasWarnings ? nil : made.outcome) }
    return made
  }
}
