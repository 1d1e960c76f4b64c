/// The elements of a report: first those that contain elements, then those that contain text.
enum ReportElement: UInt8, CaseIterable {
  case document, feedback, reportMetadata, dateRange, policyPublished, record, row, policyEvaluated, reason
  case identifiers, authResults, dkim, spf
  /// An extension element, kept as text.
  case foreign
  /// An unknown element, skipped with its content.
  case unknown

  case version, orgName, email, extraContactInfo, reportID, begin, end, error, generator
  case policyDomain, discoveryMethod, p, sp, np, fo, adkim, aspf, testing, pct
  case sourceIP, count, disposition, evaluatedDKIM, evaluatedSPF, reasonType, reasonComment
  case envelopeTo, envelopeFrom, headerFrom
  case dkimDomain, dkimSelector, dkimResult, dkimHumanResult
  case spfDomain, spfScope, spfResult, spfHumanResult

  var holdsText: Bool { rawValue >= ReportElement.version.rawValue }
  var isInRecord: Bool { rawValue >= ReportElement.sourceIP.rawValue }
}

/// A set of elements, as bits.
struct ReportElementSet {
  private var bits: UInt64 = 0

  /// Adds an element; false if the set contained it already.
  mutating func insert(_ element: ReportElement) -> Bool {
    let bit = UInt64(1) << UInt64(element.rawValue)
    defer { bits |= bit }
    return bits & bit == 0
  }

  func contains(_ element: ReportElement) -> Bool { bits & UInt64(1) << UInt64(element.rawValue) != 0 }

  mutating func remove(_ elements: ReportElement...) {
    for element in elements { bits &= ~(UInt64(1) << UInt64(element.rawValue)) }
  }
}

/// The union of all dialects: which elements may occur in which. Order and number are not prescribed.
///
/// Sources: dmarc.org `rua.xsd` 0.1, RFC 7489 App. C, RFC 9990 §3.1.1.
enum Grammar {
  static let rules: [(parent: ReportElement, name: String, element: ReportElement)] = [
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

  /// Elements that reporters put into the wrong parent, where their meaning is the same. A `records` element around all records is
  /// ignored.
  static let misplaced: [(parent: ReportElement, name: String, element: ReportElement)] = [
    (.feedback, "records", .feedback), (.feedback, "org_name", .orgName), (.feedback, "email", .email),
    (.feedback, "report_id", .reportID), (.feedback, "date_range", .dateRange),
    (.reportMetadata, "begin", .begin), (.reportMetadata, "end", .end),
    (.record, "source_ip", .sourceIP), (.record, "count", .count), (.record, "policy_evaluated", .policyEvaluated),
    (.record, "header_from", .headerFrom), (.record, "envelope_from", .envelopeFrom),
    (.record, "envelope_to", .envelopeTo), (.row, "identifiers", .identifiers), (.row, "identities", .identifiers),
    (.row, "header_from", .headerFrom), (.row, "auth_results", .authResults),
    (.identifiers, "auth_results", .authResults),
  ]

  /// Wrong names that reporters use, with the right ones.
  static let misnomers = ["identities": "identifiers", "t": "testing"]

  /// The distinct element names. The number of a name is its index.
  static let names: [String] = Array(Set((rules + misplaced).map(\.name))).sorted()
  /// The number of every unknown name.
  static let unknownName = names.count

  /// The right name for each number of a name; nil if the name is right.
  static let misnomerMeanings: [String?] = names.map { misnomers[$0] }

  static let numbers: [String: Int] = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })

  /// The element for each parent and name according to the standards, at `parent * (names.count + 1) + name`.
  static let standardTransitions = table(rules)
  /// The same, including misplaced elements.
  static let transitions = table(rules + misplaced)

  private static func table(_ rules: [(parent: ReportElement, name: String, element: ReportElement)]) -> [ReportElement]
  {
    var table = [ReportElement](repeating: .unknown, count: ReportElement.allCases.count * (names.count + 1))
    for rule in rules {
      guard let number = numbers[rule.name] else { continue }
      table[Int(rule.parent.rawValue) * (names.count + 1) + number] = rule.element
    }
    return table
  }
}

/// Maps libxml2's interned element names to small numbers, with one pointer comparison for a name seen before.
struct ElementNames {
  private var pointers: [UnsafePointer<UInt8>?] = Array(repeating: nil, count: 256)
  private var numbers: [UInt8] = Array(repeating: 0, count: 256)

  /// The numbers of the known names by a hash of some of their bytes.
  private static let table: [[UInt8]] = {
    var table = [[UInt8]](repeating: [], count: 256)
    for (number, name) in Grammar.names.enumerated() {
      let bytes = Array(name.utf8)
      table[bytes.withUnsafeBufferPointer(hash)].append(UInt8(number))
    }
    return table
  }()
  private static let spellings = Grammar.names.map { Array($0.utf8) }

  /// The number of a name in ``Grammar/names``, or ``Grammar/unknownName``. ASCII case is ignored.
  ///
  /// libxml2 interns names in the parser's dictionary, so equal pointers mean equal names.
  @inline(__always)
  mutating func number(of name: UnsafePointer<UInt8>) -> Int {
    let slot = Int(bitPattern: name) >> 3 & 255
    if pointers[slot] == name { return Int(numbers[slot]) }
    let number = Self.find(name)
    pointers[slot] = name
    numbers[slot] = UInt8(number)
    return number
  }

  private static func find(_ name: UnsafePointer<UInt8>) -> Int {
    var length = 0
    while name[length] != 0 { length += 1 }
    guard length > 0 else { return Grammar.unknownName }
    let bytes = UnsafeBufferPointer(start: name, count: length)
    for number in table[hash(bytes)] {
      let spelling = spellings[Int(number)]
      if spelling.count == length, (0..<length).allSatisfy({ folded(bytes[$0]) == spelling[$0] }) { return Int(number) }
    }
    return Grammar.unknownName
  }

  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let (first, last) = (Int(folded(bytes[0])), Int(folded(bytes[bytes.count - 1])))
    return (bytes.count &* 37 &+ first &* 11 &+ last) & 255
  }

  private static func folded(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }
}
