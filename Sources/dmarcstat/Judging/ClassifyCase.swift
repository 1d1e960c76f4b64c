import DMARC
import Foundation
import Verdict

/// One case of `dmarcstat classify`: a record, what is known of its source, and how they are read. Absent keys mean unknown.
struct ClassifyCase: Decodable {
  var id: String?
  var record: CaseRecord
  var context: CaseContext?

  struct CaseRecord: Decodable {
    var reporter: String?
    var source_ip: String
    var count: Int64?
    var policy_published: CasePolicy?
    var policy_evaluated: CaseEvaluation?
    var identifiers: CaseIdentifiers?
    var auth_results: CaseResults?
  }

  struct CasePolicy: Decodable {
    var domain, adkim, aspf, p, sp: String?
  }

  struct CaseEvaluation: Decodable {
    var disposition, dkim, spf: String?
    var reasons: [CaseReason]?
  }

  struct CaseReason: Decodable {
    var type, comment: String?
  }

  struct CaseIdentifiers: Decodable {
    var header_from, envelope_from, envelope_to: String?
  }

  struct CaseResults: Decodable {
    var dkim, spf: [CaseResult]?
  }

  struct CaseResult: Decodable {
    var domain, selector, scope, result: String?
  }
}

extension ClassifyCase.CaseRecord {
  var outcome: AuthenticationOutcome {
    var outcome = AuthenticationOutcome()
    outcome.disposition = policy_evaluated?.disposition.map { Disposition(rawValue: $0.lowercased()) ?? .unknown }
    outcome.evaluatedDKIM = Self.aligned(policy_evaluated?.dkim)
    outcome.evaluatedSPF = Self.aligned(policy_evaluated?.spf)
    outcome.reasons = (policy_evaluated?.reasons ?? []).map {
      OverrideReason(type: $0.type.map { OverrideType(rawValue: $0.lowercased()) ?? .other }, comment: $0.comment)
    }
    outcome.headerFrom = identifiers?.header_from
    outcome.envelopeFrom = identifiers?.envelope_from
    outcome.dkim = (auth_results?.dkim ?? []).map {
      DKIMResult(domain: $0.domain, selector: $0.selector, result: Self.result($0.result))
    }
    outcome.spf = (auth_results?.spf ?? []).map {
      SPFResult(domain: $0.domain, scope: $0.scope?.lowercased(), result: Self.result($0.result))
    }
    return outcome
  }

  var policy: PolicyPublished {
    var policy = PolicyPublished()
    policy.domain = policy_published?.domain
    policy.adkim = Self.mode(policy_published?.adkim)
    policy.aspf = Self.mode(policy_published?.aspf)
    policy.p = policy_published?.p.flatMap { RequestedPolicy(rawValue: $0.lowercased()) }
    policy.sp = policy_published?.sp.flatMap { RequestedPolicy(rawValue: $0.lowercased()) }
    return policy
  }

  private static func aligned(_ word: String?) -> AlignedResult { word?.lowercased() == "pass" ? .pass : .fail }

  private static func mode(_ word: String?) -> AlignmentMode? {
    ["s", "strict"].contains(word?.lowercased()) ? .strict : .relaxed
  }

  /// The words that reporters use beside the standard's; a foreign word is no pass.
  private static func result(_ word: String?) -> AuthResult {
    switch word?.lowercased() {
    case nil, "": .none
    case "hardfail": .fail
    case "unknown", "error": .temperror
    case let word?: AuthResult(rawValue: word) ?? .neutral
    }
  }
}
