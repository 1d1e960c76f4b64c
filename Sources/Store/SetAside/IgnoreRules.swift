package import DMARC
import GRDB

/// A rule that leaves reports out.
package struct IgnoreRule: Sendable, Hashable {
  /// What a rule names.
  package enum Kind: String, Sendable, Hashable {
    /// The name of a reporter or of a sending organisation.
    case reporter
    /// A policy domain with all domains below it, or the only From domain of a report.
    case domain
  }

  /// What it names.
  package var kind: Kind
  /// A name in lower case, or a domain in its stored form.
  package var value: String

  /// A rule about a reporter.
  package init(reporter: String) {
    kind = .reporter
    value = reporter.lowercased()
  }

  /// A rule about a domain.
  package init(domain: DomainName) {
    kind = .domain
    value = domain.name
  }
}

/// All rules, to be matched with reports.
struct IgnoreRules {
  private var reporters: [String: Int64] = [:]
  private var domains: [String: Int64] = [:]

  var isEmpty: Bool { reporters.isEmpty && domains.isEmpty }

  init(_ db: Database) throws {
    for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT id, kind, value FROM ignore_rule")) {
      if row["kind"] == "reporter" {
        reporters[row["value"]] = row["id"] as Int64
      } else {
        domains[row["value"]] = row["id"] as Int64
      }
    }
  }

  /// The rule that ignores a report; nil if none does.
  /// - Parameter headerFroms: the From domains of its rows; nil for a row without one.
  func match(reporter: String, organisation: String?, policyDomain: String, headerFroms: Set<String?>) -> Int64? {
    if let rule = reporters[reporter.lowercased()] { return rule }
    if let organisation, let rule = reporters[organisation.lowercased()] { return rule }
    if let rule = rule(policyDomain) { return rule }
    let rules = Set(headerFroms.map { $0.flatMap(rule) })
    return rules.count == 1 ? rules.first ?? nil : nil
  }

  /// The rule about a domain or the nearest one above it.
  private func rule(_ domain: String) -> Int64? {
    guard !domains.isEmpty else { return nil }
    var rest = domain[...]
    while true {
      if let rule = domains[String(rest)] { return rule }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
  }

  static func headerFroms(of rowID: Int64, _ db: Database) throws -> Set<String?> {
    Set(
      try Optional<String>.fetchAll(
        db,
        sql: """
          SELECT DISTINCT name FROM record JOIN flow ON flow.id = flow_id JOIN outcome ON outcome.id = outcome_id
          LEFT JOIN domain ON domain.id = header_from_id WHERE report_id = ?
          """, arguments: [rowID]))
  }
}
