import DMARC

/// What lines are called.
struct SenderNames {
  private let pools: SenderPools
  private let readAddress: RawStatement
  private let readHost: RawStatement

  init(_ pools: SenderPools, _ reader: SumReader) throws {
    self.pools = pools
    readAddress = try RawStatement(reader.db, "SELECT address FROM source WHERE id = ?")
    readHost = try RawStatement(reader.db, "SELECT host FROM source_host WHERE source_id = ?")
  }

  private var sources: FlaggedSources { pools.sources }

  /// The address of a source.
  func address(_ place: Int) throws -> IPAddress {
    readAddress.bind(sources.ids[place], at: 1)
    guard let address = try readAddress.first({ $0.address(at: 0) }) ?? nil else {
      throw StoreError("a source address in the database is not valid", remedy: .checkDatabase)
    }
    return address
  }

  /// The forward-confirmed host name of a source.
  func host(_ place: Int) throws -> String? {
    readHost.bind(sources.ids[place], at: 1)
    return try readHost.first { $0.text(at: 0) } ?? nil
  }

  /// The name of a pool.
  func name(_ pool: SenderPool) throws -> String {
    guard let first = pools.members(pool).first else { return "" }
    switch pool.label {
    case .address: return try address(first).description
    case .host: return sources.owner(first).map { "*.\(sources.ownerNames[$0])" } ?? ""
    case .network: return sources.network(first).cidr?.description ?? ""
    case .system: return sources.system(first).map { "AS\($0)" } ?? ""
    case .campaign: return campaign(pool)
    case .named: return sources.operatorName(first) ?? ""
    }
  }

  private func campaign(_ pool: SenderPool) -> String {
    let networks = Set(pools.members(pool).lazy.map(sources.network))
    if networks.count == 1, let network = networks.first?.cidr { return network.description }
    let owners = Set(pools.members(pool).lazy.map { sources.owner($0) ?? -1 })
    if owners.count == 1, let owner = owners.first, owner >= 0 { return "*.\(sources.ownerNames[owner])" }
    return "campaign of \(networks.count) networks"
  }

  /// The place of the line with this threat.
  func place(_ pool: SenderPool, _ threat: Double) throws -> SenderPlace {
    SenderPlace(
      threat: max(0, threat), messages: pools.messages(pool), source: try name(pool),
      address: try pools.largest(pool).map { try address($0).description } ?? "")
  }
}

/// Who owns the hosts and networks of sources.
struct SourceOwners {
  /// The organisational domain of a host name.
  let organisation: (DomainName) -> DomainName?
  /// The autonomous system of an address.
  let asn: (IPAddress) -> UInt32?
  /// The names of sources, if they are grouped by operator.
  var naming: SourceNaming?

  /// The organisation of a host name; nil if there is none.
  func hostOwner(_ host: String?) -> DomainName? { host.flatMap(DomainName.init).flatMap(organisation) }
}
