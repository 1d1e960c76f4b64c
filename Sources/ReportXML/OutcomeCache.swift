import DMARC

/// Outcomes that one thread has decoded, kept from report to report: small reports of the same domains say the same again.
public final class OutcomeCache {
  private var keys = ByteKeyTable()
  private var outcomes: [AuthenticationOutcome?] = []

  /// Entries at most; a full cache is emptied.
  private static let limit = 4_000
  /// Longer outcomes are not kept: they are rare, and would make the cache large.
  private static let keyLimit = 2_000
  /// Bytes of all keys together; the values weigh a few times as much.
  private static let byteLimit = 1 << 20

  /// An empty cache, for one thread.
  public init() {}

  /// The outcome of these bytes: the one decoded before, or what `decode` gives. An outcome that needs warnings is not kept,
  /// because each record that has it must be warned of by its own lines.
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
