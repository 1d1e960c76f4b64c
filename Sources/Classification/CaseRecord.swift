package import DMARC
import Foundation
import Verdict

/// The record of a case, in the form of a `record` element of a report. Absent keys mean unknown.
package struct CaseRecord: Decodable {
  var reporter: String?
  /// The source address as text.
  package var sourceIP: String
  /// The number of messages; nil if unknown.
  package var count: Int64?
  var policyPublished: CasePolicy?
  var policyEvaluated: CaseEvaluation?
  var identifiers: CaseIdentifiers?
  var authResults: CaseResults?

  struct CasePolicy: Decodable {
    var domain, adkim, aspf, p, sp, discoveryMethod: String?

    private enum CodingKeys: String, CodingKey {
      case domain, adkim, aspf, p, sp
      case discoveryMethod = "discovery_method"
    }
  }

  struct CaseEvaluation: Decodable {
    var disposition, dkim, spf: String?
    var reasons: [CaseReason]?
  }

  struct CaseReason: Decodable {
    var type, comment: String?
  }

  struct CaseIdentifiers: Decodable {
    var headerFrom, envelopeFrom, envelopeTo: String?

    private enum CodingKeys: String, CodingKey {
      case headerFrom = "header_from"
      case envelopeFrom = "envelope_from"
      case envelopeTo = "envelope_to"
    }
  }

  struct CaseResults: Decodable {
    var dkim, spf: [CaseResult]?
  }

  struct CaseResult: Decodable {
    var domain, selector, scope, result: String?
  }

  private enum CodingKeys: String, CodingKey {
    case reporter, count, identifiers
    case sourceIP = "source_ip"
    case policyPublished = "policy_published"
    case policyEvaluated = "policy_evaluated"
    case authResults = "auth_results"
  }
}

extension CaseRecord {
  /// The outcome that the record reports.
  package var outcome: AuthenticationOutcome {
    var outcome = AuthenticationOutcome()
    outcome.disposition = policyEvaluated?.disposition.map { Disposition(rawValue: $0.lowercased()) ?? .unknown }
    outcome.evaluatedDKIM = Self.aligned(policyEvaluated?.dkim)
    outcome.evaluatedSPF = Self.aligned(policyEvaluated?.spf)
    outcome.reasons = (policyEvaluated?.reasons ?? []).compactMap { reason in
      let type = reason.type.flatMap { $0.isEmpty ? nil : OverrideType(rawValue: $0.lowercased()) ?? .other }
      guard type != nil || !(reason.comment ?? "").isEmpty else { return nil }
      return OverrideReason(type: type, comment: reason.comment)
    }
    outcome.headerFrom = identifiers?.headerFrom
    outcome.envelopeFrom = identifiers?.envelopeFrom
    outcome.dkim = (authResults?.dkim ?? []).map {
      DKIMResult(domain: $0.domain, selector: $0.selector, result: Self.result($0.result))
    }
    outcome.spf = (authResults?.spf ?? []).map {
      SPFResult(domain: $0.domain, scope: $0.scope?.lowercased(), result: Self.result($0.result))
    }
    return outcome
  }

  /// The policy that the record was evaluated against.
  package var policy: PolicyPublished {
    var policy = PolicyPublished()
    policy.domain = policyPublished?.domain
    policy.adkim = Self.mode(policyPublished?.adkim)
    policy.aspf = Self.mode(policyPublished?.aspf)
    policy.p = policyPublished?.p.flatMap { RequestedPolicy(rawValue: $0.lowercased()) }
    policy.discoveryMethod = policyPublished?.discoveryMethod?.lowercased()
    policy.sp = policyPublished?.sp.flatMap { RequestedPolicy(rawValue: $0.lowercased()) }
    return policy
  }

  /// Every known result except `pass` is a failure. Any other word means that nothing was evaluated.
  private static func aligned(_ word: String?) -> AlignedResult? {
    guard let word = word?.lowercased() else { return nil }
    if let result = AlignedResult(rawValue: word) { return result }
    return AuthResult(rawValue: word).flatMap { $0 == .unknown ? nil : .fail }
  }

  private static func mode(_ word: String?) -> AlignmentMode? {
    ["s", "strict"].contains(word?.lowercased()) ? .strict : .relaxed
  }

  /// The result for a word of RFC 8601 or one of the variants that reporters use. An unknown word is not a pass.
  private static func result(_ word: String?) -> AuthResult? {
    switch word?.lowercased() {
    case nil, "": nil
    case "hardfail": .fail
    case let word?: AuthResult(rawValue: word) ?? .neutral
    }
  }
}
