package import DMARC

/// A flow to be classified: one source with one outcome under one policy.
package struct StoredFlow: Sendable {
  /// Its identifier.
  package let id: Int64
  /// The identifier of the source.
  package let sourceID: Int64
  /// Identifiers, equal for flows that share outcome and policy.
  package let outcomeID, policyID: Int64
  /// The identifier of the known sender that the stored verdict depends on; nil if there is none.
  package let knownSenderID: Int64?
  /// The stored verdict, see ``StoredVerdict/hash(rulesVersion:)``; nil before the flow has been classified.
  package let verdictHash: UInt64?

  /// Creates a flow.
  package init(
    id: Int64, sourceID: Int64, outcomeID: Int64, policyID: Int64, knownSenderID: Int64? = nil,
    verdictHash: UInt64? = nil
  ) {
    self.id = id
    self.sourceID = sourceID
    self.outcomeID = outcomeID
    self.policyID = policyID
    self.knownSenderID = knownSenderID
    self.verdictHash = verdictHash
  }
}

/// The source of flows.
package struct StoredSource: Sendable {
  /// The sending address.
  package let address: IPAddress
  /// Whether its host name was looked up, with any result.
  package let isHostLookedUp: Bool
  /// Its forward-confirmed reverse DNS name; nil if it has none.
  package let host: String?

  /// Creates a source.
  package init(address: IPAddress, isHostLookedUp: Bool = false, host: String? = nil) {
    self.address = address
    self.isHostLookedUp = isHostLookedUp
    self.host = host
  }
}

/// The verdict on a flow, with its names as stored.
package struct StoredVerdict: Sendable {
  /// The identifier of the flow.
  package var flowID: Int64
  /// What the flow means.
  package var verdict: String
  /// The subtype of the verdict.
  package var subtype: String
  /// The confidence of the verdict: high, medium or low.
  package var confidence: String
  /// Name of the rule that decided.
  package var rule: String
  /// Whether the source needs review.
  package var isUnknownIP: Bool
  /// Other issues of the flow, by short stable names.
  package var issues: [String]
  /// Row id of the known sender; nil if there is none.
  package var knownSenderID: Int64?

  /// Creates a verdict to be stored.
  package init(
    flowID: Int64, verdict: String, subtype: String, confidence: String, rule: String, isUnknownIP: Bool,
    issues: [String], knownSenderID: Int64?
  ) {
    self.flowID = flowID
    self.verdict = verdict
    self.subtype = subtype
    self.confidence = confidence
    self.rule = rule
    self.isUnknownIP = isUnknownIP
    self.issues = issues
    self.knownSenderID = knownSenderID
  }

  /// A hash of everything but the identifiers, and of the version of the rules; shows whether a verdict has changed.
  package func hash(rulesVersion: Int) -> UInt64 {
    var hash = VerdictHash()
    for text in [verdict, subtype, confidence, rule] { hash.add(text.utf8) }
    hash.add(issues.joined(separator: " ").utf8)
    hash.add(Int64(isUnknownIP ? 1 : 0))
    hash.add(Int64(rulesVersion))
    return hash.value
  }
}

/// FNV-1a over the parts of a verdict. Both sides are written by this program, so nobody can choose collisions.
struct VerdictHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    value = (value ^ 0xff) &* 0x100_0000_01b3
  }

  mutating func add(_ number: Int64) { value = (value ^ UInt64(bitPattern: number)) &* 0x100_0000_01b3 }
}

/// Messages of a flow in reports of one reporter over the same days.
package struct FlowDay: Sendable {
  /// The identifier of the flow.
  package let flowID: Int64
  /// UTC days that the report covers; the day of its arrival if its period is not possible.
  package let days: CoveredDays
  /// The identifier of the reporter.
  package let reporterID: Int64
  /// Messages.
  package let messages: Int64
  /// The identifier of the organisation that the report came from; nil if the report is contested.
  package let organisationID: Int64?

  /// Creates a sum.
  package init(flowID: Int64, days: CoveredDays, reporterID: Int64, messages: Int64, organisationID: Int64?) {
    self.flowID = flowID
    self.days = days
    self.reporterID = reporterID
    self.messages = messages
    self.organisationID = organisationID
  }
}
