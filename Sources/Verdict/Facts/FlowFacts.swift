public import DMARC

/// A flow, the unit of judgement: the messages of one source with one outcome under one policy.
public struct FlowFacts: Sendable {
  /// The sending address.
  public let source: IPAddress
  /// The outcome under its policy.
  public let outcome: AlignedOutcome
  /// The number of messages on the busiest day.
  public let messages: Int64
  /// Whether reports over several days are among those that this number rests on.
  public let isEstimated: Bool

  /// Creates a flow.
  public init(source: IPAddress, outcome: AlignedOutcome, messages: Int64, isEstimated: Bool = false) {
    self.source = source
    self.outcome = outcome
    self.messages = messages
    self.isEstimated = isEstimated
  }

  /// The number of messages on the busiest day for people, with a tilde if it is estimated.
  var messagesText: String { Self.text(messages, isEstimated: isEstimated) }

  /// A number for people, with a tilde if it is estimated.
  static func text(_ number: Int64, isEstimated: Bool) -> String { isEstimated ? "~\(number)" : "\(number)" }
}

/// What is known about the sending address, apart from its messages. Unknown facts are nil.
public struct SourceFacts: Sendable, Hashable {
  /// The forward-confirmed reverse DNS name of the address; nil if there is none or it was not looked up.
  public var fcrdnsName: DomainName?
  /// The organisational domain of that name.
  public var hostOrganisation: DomainName?
  /// The host, if the DNS of the From domain names it; nil if it does not or was not looked up.
  public var ownHost: OwnHost?
  /// The number of the autonomous system.
  public var asn: UInt32?
  /// The two-letter country code of the address (ISO 3166-1).
  public var country: String?
  /// Whether the SPF record of the From domain authorises the address.
  public var spf: SPFAuthorisation?

  /// Creates the facts; nothing is known by default.
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

  /// Whether nothing is known of an address by which it could be grouped with others.
  var isPlaceOnly: Bool { hostOrganisation == nil && asn == nil }

  /// The key by which addresses of one operator are grouped: the organisation of its forward-confirmed name, else its autonomous system,
  /// else the address itself (for IPv6 its /64).
  public func infrastructure(of source: IPAddress) -> String {
    if let hostOrganisation { return hostOrganisation.name }
    if let asn { return "AS\(asn)" }
    return source.isIPv6 ? CIDR(source, length: 64)?.description ?? "\(source)" : "\(source)"
  }
}

/// What an SPF record says about an address.
public struct SPFAuthorisation: Sendable, Hashable {
  /// Whether the address may send.
  public var isAuthorised: Bool
  /// Whether it may do so only as one of many customers of a provider that the record includes.
  public var isShared: Bool
  /// The includes that lead to the matching term: `example.com > _spf.provider.example`; nil if the record was not expanded.
  public var path: String?

  /// Creates the result for one address.
  public init(isAuthorised: Bool, isShared: Bool = false, path: String? = nil) {
    self.isAuthorised = isAuthorised
    self.isShared = isShared
    self.path = path
  }
}

/// What the operator has declared.
public struct OperatorFacts: Sendable, Hashable {
  /// The known sender of this flow: an own server, a service or a gateway; nil if there is none.
  public var knownSender: KnownSender?
  /// Whether only a passing signature identifies the known sender. A signature survives forwarding, so it does not tell where the messages
  /// come from.
  public var isKnownBySignatureOnly: Bool
  /// The name of the forwarder that the source was declared as; nil if it was not.
  public var knownForwarder: String?
  /// Own domains besides the From domain.
  public var ownDomains: [DomainName]
  /// Domains that a mailbox provider signs with until an own key is set up there.
  public var ownTenants: [DomainName]
  /// Own addresses.
  public var ownNetworks: [CIDR]

  /// Creates the declarations; none by default. A known sender of kind forwarder becomes ``knownForwarder``.
  public init(
    knownSender: KnownSender? = nil, knownForwarder: String? = nil, ownDomains: [DomainName] = [],
    ownTenants: [DomainName] = [], ownNetworks: [CIDR] = [], isKnownBySignatureOnly: Bool = false
  ) {
    self.isKnownBySignatureOnly = isKnownBySignatureOnly
    self.knownSender = knownSender?.kind == .forwarder ? nil : knownSender
    self.knownForwarder = knownForwarder ?? (knownSender?.kind == .forwarder ? knownSender?.name : nil)
    self.ownDomains = ownDomains
    self.ownTenants = ownTenants
    self.ownNetworks = ownNetworks
  }
}
