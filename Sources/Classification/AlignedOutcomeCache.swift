import DMARC
import Store
import Verdict

/// A bounded cache of outcomes with their alignment under a policy.
struct AlignedOutcomeCache {
  private struct OutcomeKey: Hashable {
    var outcome, policy: Int64
  }

  /// The maximum number of outcomes.
  private static let limit = 20_000
  /// The maximum size of their texts in bytes.
  private static let byteLimit = 8 << 20
  private var bytes = 0
  private let organisations: Organisations
  private var cached: [OutcomeKey: AlignedOutcome] = [:]

  init(_ organisations: Organisations) { self.organisations = organisations }

  /// The aligned outcome for the row ids of an outcome and a policy.
  mutating func outcome(of id: Int64, _ policy: Int64, _ flows: any FlowSource) throws -> AlignedOutcome {
    let key = OutcomeKey(outcome: id, policy: policy)
    if let outcome = cached[key] { return outcome }
    let outcome = AlignedOutcome(try flows.outcome(id), try flows.policy(policy), organisations)
    let size = outcome.reported.textBytes
    if cached.count >= Self.limit || bytes + size > Self.byteLimit {
      cached.removeAll(keepingCapacity: true)
      bytes = 0
    }
    bytes += size
    cached[key] = outcome
    return outcome
  }
}
