/// A sender of mail in our name that the operator has declared.
public struct KnownSender: Sendable, Hashable {
  /// What the operator calls it.
  public var name: String
  /// Whose it is.
  public var kind: Kind
  /// Addresses and networks that it sends from.
  public var networks: [CIDR]
  /// Domains that its mail passes DKIM or SPF for; names below them count too.
  public var domains: [DomainName]
  /// Names that its hosts have or stand below, where the host name leads back to the address.
  public var hosts: [DomainName]
  /// Numbers of autonomous systems that it sends from.
  public var asns: [UInt32]

  /// A declared sender.
  public init(
    name: String, kind: Kind, networks: [CIDR] = [], domains: [DomainName] = [], hosts: [DomainName] = [],
    asns: [UInt32] = []
  ) {
    self.name = name
    self.kind = kind
    self.networks = networks
    self.domains = domains
    self.hosts = hosts
    self.asns = asns
  }

  /// Whether nothing says how to recognise it.
  public var isUnrecognisable: Bool { networks.isEmpty && domains.isEmpty && hosts.isEmpty && asns.isEmpty }

  /// Whose it is.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Our own server.
    case own
    /// A service that sends for us.
    case service
    /// A filter of ours that mail goes out through.
    case gateway
    /// A host that forwards mail of ours to its recipients' other addresses.
    case forwarder
  }
}
