import DMARC

/// Checks the names of a report: whether each From domain can fall under the policy domain, and whether names have a possible length.
///
/// Each kind of finding gives one warning for the report, with the first example and the number of records.
struct NameCheck {
  /// The findings about one outcome, as bits.
  struct Findings: OptionSet {
    let rawValue: UInt16
    static let missingFrom = Findings(rawValue: 1)
    static let emptyFrom = Findings(rawValue: 2)
    static let severalFroms = Findings(rawValue: 4)
    static let foreignFrom = Findings(rawValue: 8)
    static let longFrom = Findings(rawValue: 16)
    static let longEnvelope = Findings(rawValue: 32)
    static let longDKIMDomain = Findings(rawValue: 64)
    static let longSelector = Findings(rawValue: 128)
    static let longSPFDomain = Findings(rawValue: 256)
    static let longRecipient = Findings(rawValue: 512)
    /// The From domain can only be judged at the end, because the policy domain follows the records.
    static let pending = Findings(rawValue: 1_024)
  }

  private struct Note {
    var line: Int
    var text: String
    var records = 0
  }

  private var notes: [Findings.RawValue: Note] = [:]
  private var pending: [String: Note] = [:]
  /// The maximum number of From domains that wait for the policy domain.
  private static let pendingLimit = 1_000
  private static let exampleLimit = 120

  /// The findings about an outcome. The names in it may be truncated, but not below the length that is possible.
  static func findings(_ outcome: AuthenticationOutcome, organisation: DomainName?) -> Findings {
    var found: Findings = []
    if let raw = outcome.headerFrom {
      found.formUnion(from(raw, organisation))
    } else {
      found.insert(.missingFrom)
    }
    if isTooLong(outcome.headerFrom) { found.insert(.longFrom) }
    if isTooLong(outcome.envelopeFrom) { found.insert(.longEnvelope) }
    for result in outcome.dkim {
      if isTooLong(result.domain) { found.insert(.longDKIMDomain) }
      if isTooLong(result.selector) { found.insert(.longSelector) }
    }
    if outcome.spf.contains(where: { isTooLong($0.domain) }) { found.insert(.longSPFDomain) }
    return found
  }

  private static func from(_ raw: String, _ organisation: DomainName?) -> Findings {
    guard let name = DomainName(raw) else { return .emptyFrom }
    let separates: (UInt8) -> Bool = { $0 <= 0x20 || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
    if name.name.utf8.contains(where: separates) || raw.utf8.contains(UInt8(ascii: ",")) { return .severalFroms }
    guard let organisation else { return .pending }
    return canFall(name, under: organisation) ? [] : .foreignFrom
  }

  /// Whether the From domain and the policy domain may be of one organisation. The public suffix list is not needed to tell
  /// strangers apart: a short label before a country code counts as a public suffix (`co.uk`).
  private static func canFall(_ from: DomainName, under policy: DomainName) -> Bool {
    if from.isEqualOrUnder(policy) { return true }
    let (from, policy) = (ascii(from), ascii(policy))
    return from == policy || from.hasSuffix("." + policy) || organisation(from) == organisation(policy)
  }

  private static func ascii(_ domain: DomainName) -> String { domain.publishable?.asciiName ?? domain.name }

  private static func organisation(_ name: String) -> String {
    let labels = name.split(separator: ".")
    let isShort =
      labels.count > 2 && labels[labels.count - 1].utf8.count == 2 && labels[labels.count - 2].utf8.count <= 3
    return labels.suffix(isShort ? 3 : 2).joined(separator: ".")
  }

  /// Whether a text is longer than a domain name or a label can be (RFC 1035 §2.3.4). Beyond ASCII, characters are counted, because
  /// the encoded form of a label is at least as long.
  static func isTooLong(_ name: String?) -> Bool {
    guard let name, name.utf8.count > 63 else { return false }
    let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
    let text = name.last == "." ? name.dropLast() : name[...]
    if isASCII {
      return text.utf8.count > 253 || text.utf8.split(separator: UInt8(ascii: ".")).contains { $0.count > 63 }
    }
    let scalars = text.unicodeScalars
    return scalars.count > 253 || scalars.split(separator: ".").contains { $0.count > 63 }
  }

  /// Counts a record.
  mutating func count(_ findings: Findings, _ outcome: AuthenticationOutcome, line: Int) {
    if findings.contains(.pending), let from = outcome.headerFrom {
      if pending[from] != nil || pending.count < Self.pendingLimit {
        pending[from, default: Note(line: line, text: from)].records += 1
      }
    }
    // Ten bits of the program's own; nothing foreign is shifted.
    for bit in 0..<10 where findings.rawValue & 1 << UInt16(bit) != 0 {
      let finding = Findings(rawValue: 1 << UInt16(bit))
      notes[finding.rawValue, default: Note(line: line, text: Self.example(of: finding, in: outcome))].records += 1
    }
  }

  /// Counts a record whose recipient domain is too long.
  mutating func countRecipient(_ domain: String, line: Int) {
    notes[Findings.longRecipient.rawValue, default: Note(line: line, text: domain)].records += 1
  }

  private static func example(of finding: Findings, in outcome: AuthenticationOutcome) -> String {
    switch finding {
    case .longEnvelope: outcome.envelopeFrom ?? ""
    case .longDKIMDomain: outcome.dkim.lazy.compactMap(\.domain).first(where: isTooLong) ?? ""
    case .longSelector: outcome.dkim.lazy.compactMap(\.selector).first(where: isTooLong) ?? ""
    case .longSPFDomain: outcome.spf.lazy.compactMap(\.domain).first(where: isTooLong) ?? ""
    default: outcome.headerFrom ?? ""
    }
  }

  /// The warnings about the whole report.
  /// - Parameter policyDomain: the policy domain as reported; nil if it is missing.
  func warnings(policyDomain: String?) -> [ReportWarning] {
    var notes = notes
    if let organisation = policyDomain.flatMap(DomainName.init) {
      for (from, note) in pending.sorted(by: { ($0.value.line, $0.key) < ($1.value.line, $1.key) })
      where Self.from(from, organisation) == .foreignFrom {
        notes[Findings.foreignFrom.rawValue, default: Note(line: note.line, text: from)].records += note.records
      }
    }
    var result: [ReportWarning] = []
    if Self.isTooLong(policyDomain) {
      result.append(ReportWarning(.nameTooLong, Self.tooLong("policy_published/domain", policyDomain ?? "")))
    }
    for (key, note) in notes.sorted(by: { $0.key < $1.key }) {
      let finding = Findings(rawValue: key)
      let isLength = key >= Findings.longFrom.rawValue
      let text = Self.text(finding, note.text, policyDomain)
      let records = note.records == 1 ? "1 record" : "\(note.records) records"
      result.append(
        ReportWarning(isLength ? .nameTooLong : .contradiction, line: note.line, "\(text) (\(records))"))
    }
    return result
  }

  private static func text(_ finding: Findings, _ example: String, _ policyDomain: String?) -> String {
    let shown = BoundedText.plain(example, limit: exampleLimit)
    switch finding {
    case .missingFrom: return "header_from is missing"
    case .emptyFrom: return "header_from is empty"
    case .severalFroms: return "header_from names more than one domain: \"\(shown)\""
    case .foreignFrom:
      let policy = BoundedText.plain(policyDomain ?? "", limit: exampleLimit)
      return "header_from \"\(shown)\" cannot fall under the policy of \(policy)"
    case .longFrom: return tooLong("header_from", example)
    case .longEnvelope: return tooLong("envelope_from", example)
    case .longDKIMDomain: return tooLong("the domain of a DKIM result", example)
    case .longSelector: return tooLong("the selector of a DKIM result", example)
    case .longSPFDomain: return tooLong("the domain of an SPF result", example)
    default: return tooLong("envelope_to", example)
    }
  }

  private static func tooLong(_ what: String, _ name: String) -> String {
    "\(what) cannot be a DNS name, with more than 253 octets or a label of more than 63: "
      + "\"\(BoundedText.plain(name, limit: exampleLimit))\""
  }
}
