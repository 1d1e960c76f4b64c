import DMARC
import Foundation

/// Outcomes and policies as columns: lists as JSON, and a key that equal ones share. Keys are the database format of
/// `JSONText`: they must never change.
///
/// Domain names get one form here: lower case, without a trailing dot, as A-labels. None of that changes their meaning (RFC 4343, RFC 5890).
enum OutcomeColumns {
  /// An outcome with its domain names folded.
  static func canonical(_ outcome: AuthenticationOutcome) -> AuthenticationOutcome {
    var result = outcome
    result.headerFrom = outcome.headerFrom.map(fold)
    result.envelopeFrom = outcome.envelopeFrom.map(fold)
    for index in result.dkim.indices { result.dkim[index].domain = result.dkim[index].domain.map(fold) }
    for index in result.spf.indices { result.spf[index].domain = result.spf[index].domain.map(fold) }
    return result
  }

  /// A domain name in its stored form; empty if it is not a valid name.
  static func fold(_ domain: String) -> String { DomainName(domain)?.name ?? "" }

  /// The key that equal policies of one domain share.
  static func policyKey(_ policy: PolicyPublished, domain: DomainName) -> String {
    var canonical = policy
    canonical.domain = domain.name
    return json { $0.policy(canonical) }
  }

  /// The key that equal outcomes share; the outcome must be canonical.
  static func key(_ outcome: AuthenticationOutcome) -> String {
    json {
      $0.array {
        $0.value(outcome.disposition?.rawValue)
        $0.value(outcome.evaluatedDKIM?.rawValue)
        $0.value(outcome.evaluatedSPF?.rawValue)
        $0.value(outcome.headerFrom)
        $0.value(outcome.envelopeFrom)
        $0.dkimResults(outcome.dkim)
        $0.spfResults(outcome.spf)
        $0.reasons(outcome.reasons)
        $0.value(outcome.extensionXML)
        // Keys of older versions have no such value.
        if outcome.evaluation != .reported { $0.value(outcome.evaluation.rawValue) }
      }
    }
  }

  /// JSON text in the form of the database.
  static func json(_ body: (inout JSONText) -> Void) -> String {
    var text = JSONText(.stored)
    body(&text)
    return text.string
  }

  /// Texts as a JSON array.
  static func list(_ texts: some Sequence<String>) -> String {
    json { $0.array { for text in texts { $0.value(text) } } }
  }

  // MARK: Decoding

  private struct StoredDKIM: Decodable {
    var domain, selector, result, humanResult: String?

    private enum CodingKeys: String, CodingKey {
      case domain, selector, result
      case humanResult = "human_result"
    }
  }

  private struct StoredSPF: Decodable {
    var domain, scope, result, humanResult: String?

    private enum CodingKeys: String, CodingKey {
      case domain, scope, result
      case humanResult = "human_result"
    }
  }

  private struct StoredReason: Decodable {
    var type, comment: String?
  }

  static func dkim(_ json: String) throws -> [DKIMResult] {
    try quickly(json, DKIMResult()) { entry, field, value in
      switch field {
      case "domain": entry.domain = value
      case "selector": entry.selector = value
      case "result": entry.result = value.flatMap(AuthResult.init)
      default: entry.humanResult = value
      }
    }
      ?? decode([StoredDKIM].self, json).map {
        DKIMResult(
          domain: $0.domain, selector: $0.selector, result: $0.result.flatMap(AuthResult.init),
          humanResult: $0.humanResult)
      }
  }

  static func spf(_ json: String) throws -> [SPFResult] {
    try quickly(json, SPFResult()) { entry, field, value in
      switch field {
      case "domain": entry.domain = value
      case "scope": entry.scope = value
      case "result": entry.result = value.flatMap(AuthResult.init)
      default: entry.humanResult = value
      }
    }
      ?? decode([StoredSPF].self, json).map {
        SPFResult(
          domain: $0.domain, scope: $0.scope, result: $0.result.flatMap(AuthResult.init), humanResult: $0.humanResult)
      }
  }

  static func reasons(_ json: String) throws -> [OverrideReason] {
    try quickly(json, OverrideReason()) { entry, field, value in
      if field == "type" { entry.type = value.flatMap(OverrideType.init) } else { entry.comment = value }
    }
      ?? decode([StoredReason].self, json).map {
        OverrideReason(type: $0.type.flatMap(OverrideType.init), comment: $0.comment)
      }
  }

  static func strings(_ json: String) throws -> [String] { try decode([String?].self, json).compactMap { $0 } }

  /// Nil for JSON in a form that this program does not write.
  private static func quickly<Entry>(
    _ json: String, _ blank: Entry, _ set: (inout Entry, String, String?) -> Void
  ) -> [Entry]? {
    if json == "[]" { return [] }
    var json = json
    return json.withUTF8 { StoredEntries.read($0, blank, set) }
  }

  private static let decoder = JSONDecoder()

  private static func decode<Value: Decodable>(_ type: [Value].Type, _ json: String) throws -> [Value] {
    json == "[]" ? [] : try decoder.decode(type, from: Data(json.utf8))
  }
}
