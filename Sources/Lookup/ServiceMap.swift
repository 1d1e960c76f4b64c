package import DMARC

/// Names of operators by the domain of their hosts, from a table that the user provides: `base_reverse_dns_map.csv` of the parsedmarc
/// project, with the columns `base_reverse_dns`, `name` and `type`.
///
/// Its names are hints. A host name counts only if it is forward-confirmed, because the owner of an address can give it
/// any name.
package struct ServiceMap: Sendable {
  /// A line of the table.
  package struct Entry: Sendable, Hashable {
    /// The domain of the host names.
    package let domain: String
    /// The operator.
    package let name: String
    /// What the operator is, such as `Web Host`; empty if the table does not say.
    package let type: String
  }

  /// What is wrong with a line.
  package enum Flaw: String, Sendable, Hashable, CaseIterable {
    /// This line replaces an earlier one about the same domain.
    case duplicate
    /// The domain is missing, or has only one label.
    case domain
    /// The name is missing.
    case name
    /// The line has more or fewer fields than the first one.
    case fields
  }

  private var entries: [String: Entry] = [:]
  /// The number of lines by flaw.
  package private(set) var flaws: [Flaw: Int] = [:]
  /// The first line with a flaw, from 1; nil if there is none.
  package private(set) var firstFlaw: (line: Int, flaw: Flaw)?

  /// The names of the columns that the first line must have.
  package static let columns = ["base_reverse_dns", "name", "type"]
  /// The maximum size of a table, in bytes.
  package static let mostBytes = 32 << 20
  /// The maximum number of domains in a table.
  package static let mostEntries = 500_000
  /// The maximum length of an operator's type, in bytes.
  private static let mostTypeBytes = 40

  /// The number of domains.
  package var count: Int { entries.count }

  /// Reads a table (RFC 4180).
  /// - Throws: ``LookupError`` that names the file, the line, the cause and the next step.
  package init(parsing bytes: [UInt8], path: String) throws(LookupError) {
    guard bytes.count <= Self.mostBytes else {
      throw LookupError("\(path): the table of names is larger than \(Self.mostBytes >> 20) MiB: \(Self.remedy)")
    }
    var reader = CSVReader(bytes)
    guard let header = try Self.next(&reader, path) else {
      throw LookupError("\(path): line 1: the table of names is empty: \(Self.remedy)")
    }
    let titles = header.fields.map { $0.lowercased() }
    let places = Self.columns.compactMap(titles.firstIndex)
    guard places.count == Self.columns.count else {
      throw LookupError(
        "\(path): line 1: the columns must be \(Self.columns.joined(separator: ",")), but are "
          + "\"\(BoundedText.plain(NameText.clean(header.fields.joined(separator: ",")), limit: 80))\": \(Self.remedy)")
    }
    while let row = try Self.next(&reader, path) {
      guard row.fields.count == titles.count else {
        // Files often end with an empty line.
        if row.fields != [""] { note(.fields, row.line) }
        continue
      }
      try add(row.fields[places[0]], row.fields[places[1]], row.fields[places[2]], row.line, path)
    }
    if entries.isEmpty, let (line, flaw) = firstFlaw {
      throw LookupError("\(path): line \(line): no line can be used (\(flaw.text)): \(Self.remedy)")
    }
  }

  private static let remedy =
    "use base_reverse_dns_map.csv of the parsedmarc project as it is published, or a table with its columns"

  private static func next(
    _ reader: inout CSVReader, _ path: String
  ) throws(LookupError) -> (line: Int, fields: [String])? {
    let line = reader.line
    do { return try reader.row().map { (line, $0) } } catch {
      throw LookupError("\(path): line \(error.line): \(error.cause): \(remedy)")
    }
  }

  private mutating func add(
    _ domain: String, _ name: String, _ type: String, _ line: Int, _ path: String
  ) throws(LookupError) {
    guard let key = DomainName(domain), key.publishable != nil, key.labels.count > 1, IPAddress(domain) == nil else {
      return note(.domain, line)
    }
    let name = NameText.clean(name)
    guard !name.isEmpty else { return note(.name, line) }
    let entry = Entry(
      domain: key.name, name: name, type: BoundedText.plain(NameText.clean(type), limit: Self.mostTypeBytes))
    // The last line wins, as in parsedmarc.
    if entries.updateValue(entry, forKey: key.name) != nil { note(.duplicate, line) }
    guard entries.count <= Self.mostEntries else {
      throw LookupError("\(path): line \(line): there are more than \(Self.mostEntries) domains: \(Self.remedy)")
    }
  }

  private mutating func note(_ flaw: Flaw, _ line: Int) {
    flaws[flaw, default: 0] += 1
    if firstFlaw == nil { firstFlaw = (line, flaw) }
  }

  /// The entry for a host: the one with the longest domain that the host is in; nil if there is none.
  package func entry(for host: DomainName) -> Entry? {
    var rest = host.name[...]
    while true {
      if let entry = entries[String(rest)] { return entry }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
  }
}

extension ServiceMap.Flaw {
  /// What is wrong, for error messages.
  var text: String {
    switch self {
    case .duplicate: "the domain occurs twice"
    case .domain: "the domain is not valid"
    case .name: "the name is missing"
    case .fields: "the number of fields is not that of line 1"
    }
  }
}
