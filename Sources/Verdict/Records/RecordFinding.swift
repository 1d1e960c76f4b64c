package import DMARC

/// Something that is wrong with the published records of a domain, or worth knowing about them.
package struct RecordFinding: Sendable, Hashable {
  /// How much it matters. The raw values are printed.
  package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Mail or reports are lost or unprotected because of it.
    case error
    /// It works, but not everywhere or not for long.
    case warning
    /// Worth knowing.
    case note

    package static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  /// What was found.
  package let code: Code
  /// The owner name of the record.
  package let name: String
  /// Where in the text of the record, in octets from 1; nil if it is about the record as a whole, or about one that is missing.
  package let position: Int?
  /// Names and numbers for the sentence. Untrusted text is cut.
  package let values: [String: String]
  /// What to publish instead.
  package let proposals: [ProposedRecord]

  /// How much it matters.
  package var severity: Severity { code.severity }

  /// The longest untrusted value in a sentence, in bytes.
  private static let longestValue = 120

  init(
    _ code: Code, at name: String, position: Int? = nil, _ values: [String: String] = [:],
    publish proposals: [ProposedRecord] = []
  ) {
    self.code = code
    self.name = name
    self.position = position
    self.values = values.mapValues { BoundedText.plain($0.replacing("`", with: "'"), limit: Self.longestValue) }
    self.proposals = proposals
  }

  /// What is wrong, why, and what to do, as sentences.
  package func text(_ phrasebook: Phrasebook) -> String {
    var values = values
    values["name"] = name
    if let cause = values["cause"] { values["cause"] = phrasebook.text("check-cause.\(cause)", values) }
    return phrasebook.text("check.\(code.rawValue)", values)
  }
}

/// A record to publish.
package struct ProposedRecord: Sendable, Hashable {
  /// The owner name, without the final dot.
  package let name: String
  /// The type, such as `TXT`.
  package let type: String
  /// The data as a provider's form takes it: the text of a TXT record without quotes.
  package let value: String
  /// The record as a line of a zone file, with a text in strings of at most 255 octets.
  package let line: String

  /// A TXT record.
  package init(_ owner: RecordOwner, _ text: String) {
    (name, type, value) = (owner.name, "TXT", text)
    line = "\(TXTRecord(owner, text))"
  }

  /// An alias (CNAME record).
  package init(alias owner: RecordOwner, of target: PublishableName) {
    (name, type, value) = (owner.name, "CNAME", target.asciiName)
    line = "\(owner.name). CNAME \(target.asciiName)."
  }

  /// An MX record that says that a domain accepts no mail (RFC 7505).
  package init(nullExchangeOf domain: PublishableName) {
    (name, type, value) = (domain.asciiName, "MX", "0 .")
    line = "\(domain.asciiName). MX 0 ."
  }
}

/// The findings about a domain so far. The number for each code is bounded, because a hostile record has room for thousands.
struct FindingList {
  private(set) var findings: [RecordFinding] = []
  /// The number of findings that were left out.
  private(set) var omitted = 0
  private var counts: [RecordFinding.Code: Int] = [:]

  private static let mostOfACode = 10

  mutating func add(_ finding: RecordFinding) {
    guard !findings.contains(finding) else { return }
    let count = counts[finding.code, default: 0]
    guard count < Self.mostOfACode else {
      omitted += 1
      return
    }
    counts[finding.code] = count + 1
    findings.append(finding)
  }

  mutating func add(
    _ code: RecordFinding.Code, at name: String, position: Int? = nil, _ values: [String: String] = [:],
    publish proposals: [ProposedRecord] = []
  ) {
    add(RecordFinding(code, at: name, position: position, values, publish: proposals))
  }
}
