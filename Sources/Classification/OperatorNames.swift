package import DMARC
package import Lookup
package import Settings
package import Store
import Verdict

/// The names of sources. A name is a hint for people: no rule reads it, and no verdict depends on it.
package struct OperatorNames {
  /// Where a name comes from, in order of precedence. The raw values are printed.
  package enum Basis: String, Sendable, Hashable, CaseIterable {
    /// A known sender.
    case declared
    /// The infrastructure table.
    case infrastructure
    /// A service map that the user provides, by the forward-confirmed host name.
    case map
    /// The organisation that announces the network.
    case asn
    /// The organisational domain of the forward-confirmed host name.
    case host
    /// The network, if nothing else is known.
    case network
  }

  /// A name, and where it comes from.
  package struct Name: Sendable, Hashable {
    /// The name of the operator.
    package let text: String
    /// Where the name comes from.
    package let basis: Basis
    /// The type of operator, as the table or map words it; nil if neither has one.
    package var type: String?
    /// The domain in the map, or the host, that the name comes from; nil for any other basis.
    package var domain: String?
  }

  private let context: ClassificationContext
  private let maps: [ServiceMap]
  private let networks: [GeoDatabase]

  /// Reads the files of the configuration.
  /// - Throws: ``ClassificationError`` if one of them cannot be used.
  package init(_ configuration: Configuration, _ context: ClassificationContext) throws(ClassificationError) {
    var (maps, networks): ([ServiceMap], [GeoDatabase]) = ([], [])
    for path in configuration.names {
      let file: NameFile
      do { file = try NameFile(path: path) } catch { throw .lookup(error) }
      switch file {
      case .map(let map): maps.append(map)
      case .networks(let database): networks.append(database)
      }
    }
    self.context = context
    self.maps = maps
    self.networks = networks + context.geo
  }

  /// The name of a source.
  /// - Parameter host: its forward-confirmed host name. An unconfirmed name proves nothing, because the owner of an
  ///   address can choose any.
  package func name(of address: IPAddress, host: DomainName?) -> Name {
    if let sender = context.declaredSender(address, host: host) {
      return Name(text: sender.name, basis: .declared, type: sender.kind.rawValue)
    }
    let table = context.ruleContext.table
    if let entry = host.flatMap({ table.entry(for: $0) }) ?? table.entry(for: address) {
      return Name(text: entry.operatorName, basis: .infrastructure, type: entry.kind.rawValue)
    }
    if let host, let found = named(host) { return found }
    if let system = system(of: address) {
      let number = "AS\(system.number)"
      return Name(text: system.organisation.map { "\(number) \($0)" } ?? number, basis: .asn)
    }
    if let host {
      let organisation = context.ruleContext.organisations.domain(of: host) ?? host
      return Name(text: organisation.name, basis: .host, domain: host.name)
    }
    let network = CIDR(address, length: address.isIPv6 ? 48 : 24)?.description ?? "\(address)"
    return Name(text: network, basis: .network)
  }

  /// The operator of a host name, from the infrastructure table or a map; nil if neither lists it. It names an address
  /// only if the host name is forward-confirmed.
  package func named(_ host: DomainName) -> Name? {
    if let entry = context.ruleContext.table.entry(for: host) {
      return Name(text: entry.operatorName, basis: .infrastructure, type: entry.kind.rawValue)
    }
    for map in maps {
      guard let entry = map.entry(for: host) else { continue }
      return Name(text: entry.name, basis: .map, type: entry.type.isEmpty ? nil : entry.type, domain: entry.domain)
    }
    return nil
  }

  /// The autonomous system of an address; nil if no file has one.
  package func system(of address: IPAddress) -> GeoDatabase.AutonomousSystem? {
    var found: GeoDatabase.AutonomousSystem?
    for database in networks {
      guard let system = database.system(of: address) else { continue }
      if system.organisation != nil { return system }
      found = found ?? system
    }
    return found
  }

  /// The country of an address; nil if no file has one.
  package func country(of address: IPAddress) -> String? {
    networks.lazy.compactMap { $0.look(up: address).country }.first
  }

  /// The names for answers that group sources by operator.
  package var naming: SourceNaming {
    SourceNaming(declared: Basis.declared.rawValue) { address, host in
      let name = name(of: address, host: host.flatMap(DomainName.init))
      return SourceNaming.Name(name.text, basis: name.basis.rawValue)
    }
  }
}

extension ClassificationContext {
  /// The known sender that an address or host belongs to, if it was declared for all domains; nil if there is none.
  func declaredSender(_ address: IPAddress, host: DomainName?) -> KnownSender? {
    index.match(address, passing: [], fcrdnsName: host, asn: geolocation(of: address).asn).map { index.senders[$0] }
  }

  /// The known senders that an address or host belongs to but that were declared for some domains only.
  package func scopedSenders(_ address: IPAddress, host: DomainName?) -> [KnownSender] {
    let asn = geolocation(of: address).asn
    return senders.map(\.sender).filter { sender in
      !sender.onlyFor.isEmpty
        && (sender.networks.contains { $0.contains(address) } || asn.map(sender.asns.contains) ?? false
          || host.map { host in sender.hosts.contains { host.isEqualOrUnder($0) } } ?? false)
    }
  }
}
