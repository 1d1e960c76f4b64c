import DMARC
import Foundation

/// Outcomes and policies as columns: lists as JSON, and domain names in one form.
enum OutcomeColumns {
  /// A domain name in its stored form; empty if it is not a valid name.
  static func fold(_ domain: String) -> String { DomainName(domain)?.name ?? "" }

  /// JSON text in the form of the database.
  static func json(_ body: (inout JSONText) -> Void) -> String {
    var text = JSONText(.stored)
    body(&text)
    return text.string
  }

  /// Numbers as a JSON array.
  static func list(_ numbers: some Sequence<Int64>) -> String {
    json { $0.array { for number in numbers { $0.value(number) } } }
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
