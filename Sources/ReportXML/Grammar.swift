/// Where in a report the reader stands. Containers first, then the elements that hold text.
enum Place: UInt8, CaseIterable {
  case document, feedback, reportMetadata, dateRange, policyPublished, record, row, policyEvaluated, reason
  case identifiers, authResults, dkim, spf
  /// Content of other namespaces, kept as text.
  case foreign
  /// An element that the reader does not know; skipped with all in it.
  case unknown

  case version, orgName, email, extraContactInfo, reportID, begin, end, error, generator
  case policyDomain, discoveryMethod, p, sp, np, fo, adkim, aspf, testing, pct
  case sourceIP, count, disposition, evaluatedDKIM, evaluatedSPF, reasonType, reasonComment
  case envelopeTo, envelopeFrom, headerFrom
  case dkimDomain, dkimSelector, dkimResult, dkimHumanResult
  case spfDomain, spfScope, spfResult, spfHumanResult

  var holdsText: Bool { rawValue >= Place.version.rawValue }
  var isInRecord: Bool { rawValue >= Place.sourceIP.rawValue }
}

/// One union of all dialects: which element may stand where. Order and number are left open on purpose.
///
/// Sources: dmarc.org `rua.xsd` 0.1, RFC 7489 App. C, RFC 9990 §3.1.1.
enum Grammar {
  static let rules: [(parent: Place, name: String, place: Place)] = [
    (.document, "feedback", .feedback),
    (.feedback, "version", .version), (.feedback, "report_metadata", .reportMetadata),
    (.feedback, "policy_published", .policyPublished), (.feedback, "record", .record),
    (.feedback, "extension", .foreign),
    (.reportMetadata, "org_name", .orgName), (.reportMetadata, "email", .email),
    (.reportMetadata, "extra_contact_info", .extraContactInfo), (.reportMetadata, "report_id", .reportID),
    (.reportMetadata, "date_range", .dateRange), (.reportMetadata, "error", .error),
    (.reportMetadata, "generator", .generator),
    (.dateRange, "begin", .begin), (.dateRange, "end", .end),
    (.policyPublished, "domain", .policyDomain), (.policyPublished, "discovery_method", .discoveryMethod),
    (.policyPublished, "p", .p), (.policyPublished, "sp", .sp), (.policyPublished, "np", .np),
    (.policyPublished, "fo", .fo), (.policyPublished, "adkim", .adkim), (.policyPublished, "aspf", .aspf),
    (.policyPublished, "testing", .testing), (.policyPublished, "t", .testing), (.policyPublished, "pct", .pct),
    (.record, "row", .row), (.record, "identifiers", .identifiers), (.record, "identities", .identifiers),
    (.record, "auth_results", .authResults),
    (.row, "source_ip", .sourceIP), (.row, "count", .count), (.row, "policy_evaluated", .policyEvaluated),
    (.policyEvaluated, "disposition", .disposition), (.policyEvaluated, "dkim", .evaluatedDKIM),
    (.policyEvaluated, "spf", .evaluatedSPF), (.policyEvaluated, "reason", .reason),
    (.reason, "type", .reasonType), (.reason, "comment", .reasonComment),
    (.identifiers, "envelope_to", .envelopeTo), (.identifiers, "envelope_from", .envelopeFrom),
    (.identifiers, "header_from", .headerFrom),
    (.authResults, "dkim", .dkim), (.authResults, "spf", .spf),
    (.dkim, "domain", .dkimDomain), (.dkim, "selector", .dkimSelector), (.dkim, "result", .dkimResult),
    (.dkim, "human_result", .dkimHumanResult),
    (.spf, "domain", .spfDomain), (.spf, "scope", .spfScope), (.spf, "result", .spfResult),
    (.spf, "human_result", .spfHumanResult),
  ]

  /// Names that reporters use for an element of another name.
  static let misnomers = ["identities": "identifiers", "t": "testing"]

  /// Distinct element names; an element's number is its index.
  static let names: [String] = Array(Set(rules.map(\.name))).sorted()
  /// The number of every name that no rule knows.
  static let unknownName = names.count

  static let numbers: [String: Int] = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })

  /// `transitions[place * (names.count + 1) + name]`: the place that an element leads to.
  static let transitions: [Place] = {
    var table = [Place](repeating: .unknown, count: Place.allCases.count * (names.count + 1))
    for rule in rules {
      guard let number = numbers[rule.name] else { continue }
      table[Int(rule.parent.rawValue) * (names.count + 1) + number] = rule.place
    }
    return table
  }()
}

/// Turns libxml2's interned element names into small numbers: one pointer comparison for a name seen before.
struct ElementNames {
  private var pointers: [UnsafePointer<UInt8>?] = Array(repeating: nil, count: 256)
  private var numbers: [UInt8] = Array(repeating: 0, count: 256)

  /// The number of a name in ``Grammar/names``; ``Grammar/unknownName`` where no rule knows it. Case is ignored.
  ///
  /// libxml2 keeps every name once in the parser's dictionary, so that equal pointers mean equal names.
  @inline(__always)
  mutating func number(of name: UnsafePointer<UInt8>) -> Int {
    let slot = Int(bitPattern: name) >> 3 & 255
    if pointers[slot] == name { return Int(numbers[slot]) }
    let text = String(cString: name)
    let number = Grammar.numbers[text] ?? Grammar.numbers[text.lowercased()] ?? Grammar.unknownName
    pointers[slot] = name
    numbers[slot] = UInt8(number)
    return number
  }
}
