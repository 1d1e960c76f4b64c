import DMARC

/// Columns with the terms of the glossary, in addition to those with keys from an earlier version.
///
/// The old keys stay for one version. Until then, data for programs has both, with the new ones at the end of each row.
package struct CurrentTerms: Sendable {
  /// Old keys, each with the key that replaces it. `docs/output.md` lists them.
  private static let replaced: [String: String] = [
    "unknown": "needs_review_messages", "unknown_ip": "needs_review", "look_at_it": "needs_review",
    "messages_a_day": "messages_per_day", "a_day": "messages_per_day", "lost_a_day": "lost_per_day",
    "lost_yours": "lost_yours_per_day", "lost_passed_on": "lost_passed_on_per_day",
    "lost_undecided": "lost_undecided_per_day", "lost_abuse": "lost_abuse_per_day",
    "strict_costs": "lost_per_day_if_strict", "pass_rate": "pass_share", "pass_rate_before": "pass_share_before",
    "pass_rate_change": "pass_change_points", "survived": "dkim_survived_share", "cleared_away": "cleaned_up",
    "command": "declare", "policy": "published_policy", "published_record": "published_policy",
    "next_record": "next_policy",
  ]

  /// Old keys whose replacement is an object with the tags of the policy.
  private static let policies: Set = ["policy", "published_record", "next_record"]

  /// The additional columns.
  package let columns: [Column]
  private let sources: [(index: Int, isPolicy: Bool, isFlag: Bool)]

  /// Finds the old keys among the columns of a table, unless it has the new ones already.
  package init(for table: [Column]) {
    var known = Set(table.map(\.key))
    var columns: [Column] = []
    var sources: [(index: Int, isPolicy: Bool, isFlag: Bool)] = []
    for (index, column) in table.enumerated() {
      // If the table has two forms of the policy, use the whole record.
      if column.key == "policy", known.contains("published_record") { continue }
      guard let key = Self.replaced[column.key], known.insert(key).inserted else { continue }
      columns.append(Column(key, isDetail: true))
      sources.append((index, Self.policies.contains(column.key), key == "needs_review"))
    }
    (self.columns, self.sources) = (columns, sources)
  }

  /// The cells of the additional columns of a row.
  package func cells(_ row: [Cell]) -> [Cell] {
    sources.map { source in
      switch row[source.index] {
      case .text(let text) where source.isPolicy: .json(PolicyObject.json(text), .other)
      case .integer(let flag) where source.isFlag: .flag(flag != 0)
      case let cell: cell
      }
    }
  }
}

/// A published policy as an object for programs.
enum PolicyObject {
  /// The keys, which are the names of elements in reports, each with its tag in DMARC records (RFC 7489, RFC 9989).
  private static let keys = [
    ("p", "p"), ("sp", "sp"), ("np", "np"), ("adkim", "adkim"), ("aspf", "aspf"), ("pct", "pct"), ("fo", "fo"),
    ("testing", "t"), ("psd", "psd"), ("rua", "rua"), ("ruf", "ruf"),
  ]

  /// The object for `p=none sp=reject ...`, or for a record given as a line of a zone file; missing tags are null.
  static func json(_ text: String) -> String {
    var values: [String: String] = [:]
    for tag in tags(text) {
      let parts = tag.split(separator: "=", maxSplits: 1).map { $0.trimming(" ") }
      if parts.count == 2, values[parts[0]] == nil { values[parts[0]] = parts[1] }
    }
    var json = JSONText()
    json.object {
      for (key, tag) in keys {
        let value = values[key] ?? values[tag]
        $0.key(key)
        if key == "pct", let number = value.flatMap({ Int64($0) }) {
          $0.value(number)
        } else if let value, key != "pct" {
          $0.value(value)
        } else {
          $0.raw("null")
        }
      }
    }
    return json.string
  }

  /// The tags in the quoted strings of a zone file line, or the words of a policy given as text.
  private static func tags(_ text: String) -> [Substring] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count > 2 else { return text.split(separator: " ") }
    return parts.indices.filter { $0 % 2 == 1 }.map { parts[$0] }.joined().split(separator: ";")
  }
}

extension Substring {
  fileprivate func trimming(_ character: Character) -> String {
    let start = self.drop { $0 == character }
    let end = start.lastIndex { $0 != character }
    return end.map { String(start[...$0]) } ?? ""
  }
}
