import DMARC

/// The first outcomes of a report or of an input: so few that their names cannot exceed any limit.
///
/// A small report has no others, so its names need not be added to sets.
struct FirstOutcomes {
  /// The outcomes, each with a hash of what was reported.
  private(set) var outcomes: [(outcome: AuthenticationOutcome, key: UInt64)] = []
  private var names = 0
  private let limit: Int
  private var isClosed = false

  /// No outcomes yet.
  init(_ limits: Limits) { limit = min(limits.fromDomains, limits.names, NameTable.outcomeLimit) }

  /// Adds an outcome if that exceeds no limit, whatever names it contains.
  /// - Returns: whether it was added.
  mutating func add(_ outcome: AuthenticationOutcome, key: UInt64) -> Bool {
    guard !isClosed else { return false }
    // The maximum number of names of one kind in the outcome, which is that of texts.
    let more = 1 + outcome.dkim.count + 2 * outcome.spf.count + outcome.reasons.count
    guard more <= limit - names else { return false }
    names += more
    outcomes.append((outcome, key))
    return true
  }

  /// Ends the list: from now on nothing is added.
  /// - Returns: what is in it; nothing at the next call.
  mutating func close() -> [(outcome: AuthenticationOutcome, key: UInt64)] {
    isClosed = true
    defer { outcomes = [] }
    return outcomes
  }
}
