package import DMARC

/// The names of sources, for answers that group them by operator.
package struct SourceNaming {
  /// A name, and where it comes from.
  package struct Name: Sendable, Hashable {
    /// The name.
    package let text: String
    /// A word for where the name comes from.
    package let basis: String

    /// Creates a name.
    package init(_ text: String, basis: String) {
      self.text = text
      self.basis = basis
    }
  }

  /// The name of an address with its forward-confirmed host name.
  let name: (IPAddress, String?) -> Name
  /// The basis of the names of known senders.
  let declared: String

  /// Creates names.
  /// - Parameters:
  ///   - declared: the basis of the names of known senders, which come before all others.
  ///   - name: the name of an address with its forward-confirmed host name, if it is not from a known sender.
  package init(declared: String, name: @escaping (IPAddress, String?) -> Name) {
    self.declared = declared
    self.name = name
  }

  /// Names each source by its network.
  package static var networks: SourceNaming {
    SourceNaming(declared: "declared") { address, _ in
      Name(SourceNetwork.text(SourceNetwork.number(of: address)), basis: "network")
    }
  }
}

/// The operators of sources, each with a number.
struct SourceOperators {
  /// The names by number, and where each comes from.
  private(set) var names: [String] = []
  private var bases: [[String]] = []
  private var numbers: [String: Int] = [:]
  private var ofSource = RowNumbers()
  /// The number of the known sender, by flow.
  private var ofFlow = RowNumbers()
  private let naming: SourceNaming

  /// - Parameter flowsOf: where to read the known senders of flows; nil if only sources are named.
  init(_ naming: SourceNaming, flowsOf reader: SumReader?) throws {
    self.naming = naming
    guard let reader, reader.hasKnownSenders else { return }
    let statement = try RawStatement(
      reader.db,
      """
      SELECT flow.id, known_sender.name FROM flow JOIN known_sender ON known_sender.id = known_sender_id
      WHERE known_sender_id IS NOT NULL
      """)
    try statement.eachRow { row in
      ofFlow[row.integer(at: 0)] = number(SourceNaming.Name(row.text(at: 1) ?? "", basis: naming.declared))
    }
  }

  /// Names sources by their addresses and host names.
  /// - Parameter sources: row ids in ascending order.
  mutating func name(_ sources: [Int64], _ reader: SumReader) throws {
    try reader.forEachHost(of: sources) { id, address, host in name(id, address, host) }
  }

  /// Names one source.
  mutating func name(_ id: Int64, _ address: IPAddress, _ host: String?) {
    ofSource[id] = number(naming.name(address, host))
  }

  /// The number of the operator of an address.
  mutating func number(of address: IPAddress, host: String?) -> Int { number(naming.name(address, host)) }

  private mutating func number(_ name: SourceNaming.Name) -> Int {
    if let known = numbers[name.text] {
      if !bases[known].contains(name.basis) { bases[known].append(name.basis) }
      return known
    }
    numbers[name.text] = names.count
    names.append(name.text)
    bases.append([name.basis])
    return names.count - 1
  }

  /// The operator of the known sender of a flow; nil if it has none.
  func declared(_ flow: Int64) -> Int? { ofFlow[flow] }

  /// The operator of a flow; nil if its source was not named.
  func number(ofFlow flow: Int64, source: Int64) -> Int? { ofFlow[flow] ?? ofSource[source] }

  /// Where a name comes from, sorted.
  func bases(_ number: Int) -> [String] { bases[number].sorted() }
}
