import DMARC

/// What is judged: mail from one source with one outcome under one policy.
public struct FlowFacts: Sendable {
  /// The address that sent the mail.
  public let source: IPAddress
  /// The outcome under its policy, in the terms of the rules.
  public let outcome: AlignedOutcome
  /// Messages on the busiest day.
  public let messages: Int64

  /// A flow.
  public init(source: IPAddress, outcome: AlignedOutcome, messages: Int64) {
    self.source = source
    self.outcome = outcome
    self.messages = messages
  }
}

/// What is known of the sending address, apart from its mail. What is nil is not known.
public struct SourceFacts: Sendable, Hashable {
  /// The host name of the address, where it was looked up and the name leads back to the address.
  public var fcrdnsName: DomainName?
  /// The organisational domain of that name.
  public var hostOrganisation: DomainName?
  /// Number of the autonomous system.
  public var asn: UInt32?
  /// Two-letter country code of the address.
  public var country: String?
  /// Whether the SPF record of the domain authorises the address.
  public var spf: SPFAuthorisation?

  /// Facts; nothing known by default.
  public init(
    fcrdnsName: DomainName? = nil, hostOrganisation: DomainName? = nil, asn: UInt32? = nil, country: String? = nil,
    spf: SPFAuthorisation? = nil
  ) {
    self.fcrdnsName = fcrdnsName
    self.hostOrganisation = hostOrganisation
    self.asn = asn
    self.country = country
    self.spf = spf
  }

  /// What the address is one of: the organisation of its confirmed name, else its autonomous system, else itself (IPv6: its /64).
  public func infrastructure(of source: IPAddress) -> String {
    if let hostOrganisation { return hostOrganisation.name }
    if let asn { return "AS\(asn)" }
    return source.isIPv6 ? CIDR(source, length: 64)?.description ?? "\(source)" : "\(source)"
  }
}

/// What an SPF record says about an address.
public struct SPFAuthorisation: Sendable, Hashable {
  /// Whether it may send.
  public var isAuthorised: Bool
  /// It may only as one of many customers of a provider that the record includes.
  public var isShared: Bool
  /// The way through includes to the term that matched: `example.com > _spf.provider.example`. Nil where it was not expanded.
  public var path: String?

  /// An authorisation, or that there is none.
  public init(isAuthorised: Bool, isShared: Bool = false, path: String? = nil) {
    self.isAuthorised = isAuthorised
    self.isShared = isShared
    self.path = path
  }
}

/// What the operator has declared.
public struct OperatorFacts: Sendable, Hashable {
  /// The declared sender of this flow, if any: ours, a service, or a gateway.
  public var knownSender: KnownSender?
  /// The name under which the source was declared as a forwarder, if it was.
  public var knownForwarder: String?
  /// Domains that are ours besides the From domain.
  public var ownDomains: [DomainName]
  /// Names that a mailbox provider signs with for us until a key of ours is set up there.
  public var ownTenants: [DomainName]
  /// Addresses of ours.
  public var ownNetworks: [CIDR]

  /// Declarations; none by default. A declared sender of kind forwarder becomes ``knownForwarder``.
  public init(
    knownSender: KnownSender? = nil, knownForwarder: String? = nil, ownDomains: [DomainName] = [],
    ownTenants: [DomainName] = [], ownNetworks: [CIDR] = []
  ) {
    self.knownSender = knownSender?.kind == .forwarder ? nil : knownSender
    self.knownForwarder = knownForwarder ?? (knownSender?.kind == .forwarder ? knownSender?.name : nil)
    self.ownDomains = ownDomains
    self.ownTenants = ownTenants
    self.ownNetworks = ownNetworks
  }
}
