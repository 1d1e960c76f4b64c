package import DMARC

/// A flow to be classified: one source with one outcome under one policy.
package struct StoredFlow: Sendable {
  /// Row id.
  package let id: Int64
  /// Row id of the source.
  package let sourceID: Int64
  /// The source address.
  package let source: IPAddress
  /// Row ids, equal for flows that share outcome and policy.
  package let outcomeID, policyID: Int64
  /// Row id of the known sender that the stored verdict depends on; nil if there is none.
  package let knownSenderID: Int64?
  /// Whether the host name of the source was looked up, with any result.
  package let isHostLookedUp: Bool
  /// The forward-confirmed reverse DNS name of the source; nil if it has none.
  package let host: String?
  /// The stored verdict as one text, see ``StoredVerdict/text(rulesVersion:)``; nil before the flow has been classified.
  package let verdictText: String?
}

/// The verdict on a flow, with its names as stored.
package struct StoredVerdict: Sendable {
  /// Row id of the flow.
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

  /// Everything but the row ids, with the version of the rules; shows whether a verdict has changed.
  package func text(rulesVersion: Int) -> String {
    "\(verdict) \(subtype) \(confidence) \(rule) \(isUnknownIP ? 1 : 0) \(issues.joined(separator: " ")) \(rulesVersion)"
  }
}

/// Messages of a flow in one report.
package struct FlowDay: Sendable {
  /// Row id of the flow.
  package let flowID: Int64
  /// UTC days that the report covers; the day of its arrival if its period is not possible.
  package let days: CoveredDays
  /// Row id of the reporter.
  package let reporterID: Int64
  /// Messages.
  package let messages: Int64
  /// Row id of the organisation that the report came from; nil if the report is contested.
  package let organisationID: Int64?
}
