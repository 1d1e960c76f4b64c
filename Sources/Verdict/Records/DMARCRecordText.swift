package import DMARC

/// A DMARC record as published, with its owner (RFC 9989 §4.7).
package struct DMARCRecordText: Sendable, Hashable {
  /// The domain below whose `_dmarc` it is.
  package let domain: DomainName
  /// The text.
  package let text: String
  private let values: [String: String]

  /// The owner name.
  package var owner: String { "_dmarc.\(domain.name)" }

  /// Reads a TXT record; nil if it is not a DMARC record.
  init?(_ text: String, of domain: DomainName) {
    let list = TagList(text)
    guard list.begins(with: "v", "DMARC1") else { return nil }
    self.domain = domain
    self.text = text
    values = Dictionary(list.tags.map { ($0.name, $0.value) }) { first, _ in first }
  }

  /// The value of a tag; nil if it is absent.
  package subscript(tag: String) -> String? { values[tag] }

  /// The policies, from weak to strong.
  static let policies = ["none", "quarantine", "reject"]

  private func policy(_ tag: String) -> String? {
    values[tag].map { $0.lowercased() }.flatMap { Self.policies.contains($0) ? $0 : nil }
  }

  /// The policy for the domain itself. Without a valid `p`, a record that asks for reports counts as none (RFC 9989 §4.10.1).
  package var ownPolicy: String? { policy("p") ?? (values["rua"] == nil ? nil : "none") }
  /// The policy for subdomains without a record of their own.
  package var subdomainPolicy: String? { policy("sp") ?? ownPolicy }
  /// The policy for subdomains that do not exist.
  package var missingPolicy: String? { policy("np") ?? subdomainPolicy }
  /// Whether the policy is in test mode: applied one level lower.
  package var isTesting: Bool { values["t"]?.lowercased() == "y" }
}

/// Which DMARC record applies to a domain, by the two ways that receivers find it: the tree walk of RFC 9989 §4.10 and the public suffix
/// list of RFC 7489 §3.2.
package struct PolicyDiscovery: Sendable, Hashable {
  /// The record of the domain itself.
  package private(set) var own: DMARCRecordText?
  /// The record that applies by the tree walk.
  package private(set) var applied: DMARCRecordText?
  /// The record that applies by the public suffix list.
  package private(set) var appliedByList: DMARCRecordText?
  /// The organisational domain by the tree walk; nil if there is no record at all.
  package private(set) var organisation: DomainName?
  /// The organisational domain by the public suffix list.
  package private(set) var organisationByList: DomainName
  /// The record of the organisational domain by the tree walk, which has the policies for subdomains.
  package private(set) var organisationRecord: DMARCRecordText?
  /// The TXT records of the domain's own `_dmarc` name.
  private(set) var texts: [String] = []

  /// The longest name that is walked label by label (RFC 9989 §4.10).
  private static let mostLabels = 8

  init(_ domain: DomainName, _ organisations: Organisations, _ lookUps: inout RecordLookUps) {
    organisationByList = organisations.domain(of: domain) ?? domain
    let names = Self.names(domain)
    var found: [DMARCRecordText] = []
    // All at once: a walk that waits for each answer would take as many rounds as the name has labels.
    let answers = names.map { name in
      name == domain || name == organisationByList
        ? lookUps.require("_dmarc.\(name.name)", .txt) : lookUps.ask("_dmarc.\(name.name)", .txt)
    }
    for (name, answer) in zip(names, answers) {
      let texts = answer?.status == .found ? answer?.values ?? [] : []
      if name == domain { self.texts = texts }
      let records = texts.compactMap { DMARCRecordText($0, of: name) }
      if records.count == 1, let record = records.first { found.append(record) }
    }
    own = found.first { $0.domain == domain }
    organisation = Self.organisation(domain, found)
    organisationRecord = found.first { $0.domain == organisation }
    let ofSuffix = found.first { $0.domain != domain && $0["psd"]?.lowercased() == "y" }
    applied = own ?? organisationRecord ?? ofSuffix
    appliedByList = own ?? found.first { $0.domain == organisationByList }
  }

  /// The names of the walk, from the domain to the last label.
  private static func names(_ domain: DomainName) -> [DomainName] {
    let labels = domain.labels
    let longest = min(labels.count - 1, mostLabels - 1)
    let parents = stride(from: longest, to: 0, by: -1).compactMap { count in
      DomainName(labels.suffix(count).joined(separator: "."))
    }
    return [domain] + parents
  }

  /// RFC 9989 §4.10.2, from records in the order of the walk.
  private static func organisation(_ domain: DomainName, _ records: [DMARCRecordText]) -> DomainName? {
    for record in records {
      switch record["psd"]?.lowercased() {
      case "n": return record.domain
      case "y" where record.domain != domain:
        return DomainName(domain.labels.suffix(record.domain.labels.count + 1).joined(separator: "."))
      case "y": return domain
      default: break
      }
    }
    return records.last?.domain
  }
}
