package import DMARC
package import Verdict

/// A DMARC policy record as its tags (RFC 9989 §4.7), in the order of publication.
package struct PolicyRecord: Sendable, Hashable {
  /// A tag and its value.
  package struct Tag: Sendable, Hashable {
    package let name, value: String
  }

  /// The tags after `v=DMARC1`.
  package private(set) var tags: [Tag]

  /// The longest record that is read, in bytes.
  private static let longest = 4_096

  /// Reads a published TXT record; nil if it is not a DMARC record.
  package init?(published text: String) {
    guard text.utf8.count <= Self.longest else { return nil }
    let parts = text.split(separator: ";").map { part in
      part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
    }
    guard let version = parts.first, version == ["v", "DMARC1"] else { return nil }
    tags = parts.dropFirst().compactMap { $0.count == 2 ? Tag(name: $0[0].lowercased(), value: $0[1]) : nil }
  }

  /// The tags that a report names, without defaults, which reporters fill in.
  package init(reported: [(name: String, value: String)]) {
    var values: [String: String] = [:]
    // A report is written by anyone: a value must not bring other tags with it.
    let reported = reported.filter { $0.value.utf8.allSatisfy(Self.isPlain) && !$0.value.isEmpty }
    for (name, value) in reported { values[name] = value }
    let policy = values["p"] ?? "none"
    let subdomains = values["sp"] ?? policy
    let defaults = [
      "sp": policy, "np": subdomains, "adkim": "r", "aspf": "r", "pct": "100", "fo": "0", "t": "n",
    ]
    tags = [Tag(name: "p", value: policy)]
    for (name, value) in reported where name != "p" && defaults[name] != value {
      tags.append(Tag(name: name, value: value))
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: ":")
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }

  package subscript(name: String) -> String? { tags.first { $0.name == name }?.value }

  /// The text of the TXT record.
  package var text: String { (["v=DMARC1"] + tags.map { "\($0.name)=\($0.value)" }).joined(separator: "; ") }

  /// The record as a line of a zone file; nil if the domain cannot have one.
  package func line(of domain: DomainName) -> String? {
    domain.publishable.flatMap { RecordOwner(policyOf: $0) }.map { "\(TXTRecord($0, text))" }
  }
}

/// One step towards p=reject. The raw values are printed.
package enum PolicyStep: String, Sendable, Hashable {
  /// Stay with the record that is published.
  case stay
  /// `p=quarantine; t=y`: receivers that know RFC 9989 treat it as none, and report what they would have done.
  case quarantineTesting = "quarantine-testing"
  case quarantine, reject
}

extension PolicyRecord {
  /// The next record on the way to p=reject, one step at a time.
  package var next: (step: PolicyStep, record: PolicyRecord) {
    let isPartial = self["t"]?.lowercased() == "y" || (self["pct"].flatMap(Int.init) ?? 100) < 100
    switch self["p"]?.lowercased() {
    case "reject": return isPartial ? (.reject, changed(to: "reject")) : (.stay, self)
    case "quarantine":
      return isPartial ? (.quarantine, changed(to: "quarantine")) : (.reject, changed(to: "reject"))
    default: return (.quarantineTesting, changed(to: "quarantine", isTesting: true))
    }
  }

  /// This record with another policy. `pct` goes, because RFC 9989 has removed it; all other tags stay as they are.
  private func changed(to policy: String, isTesting: Bool = false) -> PolicyRecord {
    var record = self
    record.tags.removeAll { ["p", "t", "pct"].contains($0.name) }
    record.tags.insert(Tag(name: "p", value: policy), at: 0)
    if isTesting { record.tags.insert(Tag(name: "t", value: "y"), at: 1) }
    return record
  }
}

extension PolicyRecord {
  /// This record with a mailbox added to `rua`.
  package func reporting(to mailbox: ReportMailbox) -> PolicyRecord {
    let known = self["rua"] ?? ""
    guard !ReportMailbox.list(known).contains(mailbox.description.lowercased()) else { return self }
    var record = self
    let value = known.isEmpty ? mailbox.uri : "\(known),\(mailbox.uri)"
    if let index = record.tags.firstIndex(where: { $0.name == "rua" }) {
      record.tags[index] = Tag(name: "rua", value: value)
    } else {
      record.tags.append(Tag(name: "rua", value: value))
    }
    return record
  }

  /// This record without `sp` and `np`, so that subdomains follow the policy of the domain.
  package var withoutSubdomainPolicies: PolicyRecord {
    var record = self
    record.tags.removeAll { ["sp", "np"].contains($0.name) }
    return record
  }
}
