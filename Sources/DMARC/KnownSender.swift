/// A legitimate sender of the operator's mail, as declared by the operator.
public struct KnownSender: Sendable, Hashable {
  /// The operator's name for it.
  public var name: String
  /// What the sender is to the operator.
  public var kind: Kind
  /// Addresses and networks that it sends from.
  public var networks: [CIDR]
  /// Domains for which its messages pass DKIM or SPF; subdomains count too.
  public var domains: [DomainName]
  /// Domains of its hosts, by forward-confirmed reverse DNS; subdomains count too.
  public var hosts: [DomainName]
  /// Autonomous system numbers that it sends from.
  public var asns: [UInt32]
  /// The From domains, with the domains below them, that it sends for; empty for all.
  public var onlyFor: [DomainName]

  /// Creates a known sender.
  public init(
    name: String, kind: Kind, networks: [CIDR] = [], domains: [DomainName] = [], hosts: [DomainName] = [],
    asns: [UInt32] = [], onlyFor: [DomainName] = []
  ) {
    self.name = name
    self.kind = kind
    self.networks = networks
    self.domains = domains
    self.hosts = hosts
    self.asns = asns
    self.onlyFor = onlyFor
  }

  /// Whether the declaration counts for messages with this From domain. Without a From domain, only a declaration for all does.
  public func sends(for from: DomainName?) -> Bool {
    onlyFor.isEmpty || from.map { from in onlyFor.contains { from.isEqualOrUnder($0) } } ?? false
  }

  /// Whether no network, domain, host or autonomous system identifies it.
  public var isUnrecognisable: Bool { networks.isEmpty && domains.isEmpty && hosts.isEmpty && asns.isEmpty }

  /// What a sender is to the operator. The raw values are stored.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A server of the operator.
    case own
    /// A third party that sends for the operator.
    case service
    /// An outbound mail filter of the operator.
    case gateway
    /// A host that forwards messages to other addresses of their recipients.
    case forwarder
  }
}
