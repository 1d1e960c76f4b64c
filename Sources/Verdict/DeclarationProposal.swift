public import DMARC

/// How to declare a source, if it is the operator's: the same proposal for every command that makes one.
///
/// Many customers send from the addresses of a service or a provider, so such a source is declared by the domain for which its
/// messages pass, by the domain of its hosts, or by its network, and never by one address as an own server.
public struct DeclarationProposal: Sendable, Hashable {
  /// The proposed declaration.
  public let sender: KnownSender

  /// A declaration for at most so many organisations names them; a source that sends for more is the operator's for all.
  public static let mostOrganisations = 5

  /// Proposes a declaration; nil if the addresses have nothing in common.
  /// - Parameters:
  ///   - evidence: what is known about the source.
  ///   - context: the infrastructure table and the organisations.
  ///   - hasOtherOrganisations: whether there is mail in the name of other organisations, so that the declaration must say for which it
  ///     counts.
  public init?(_ evidence: SenderEvidence, _ context: RuleContext, hasOtherOrganisations: Bool) {
    guard
      var sender = Self.byDomain(evidence, context) ?? Self.byHost(evidence, context)
        ?? Self.byNetwork(evidence, context)
    else { return nil }
    if hasOtherOrganisations, evidence.organisations.count <= Self.mostOrganisations {
      sender.onlyFor = evidence.organisations.sorted { $0.name < $1.name }
    }
    self.sender = sender
  }

  /// A service that authenticates as itself, or a forwarder with envelopes of its own. Anyone can have a mailbox at a mailbox provider, so
  /// its domains identify nobody.
  private static func byDomain(_ evidence: SenderEvidence, _ context: RuleContext) -> KnownSender? {
    for domain in evidence.passing {
      if let signer = context.table.defaultSigner(domain), domain.name != signer.suffix {
        return KnownSender(name: signer.provider, kind: .service, domains: [domain])
      }
    }
    let candidates = evidence.isRelay ? evidence.passing : [evidence.passingOrganisation].compactMap { $0 }
    for domain in candidates where !context.table.isFreemail(domain) {
      let entry = context.table.entry(for: domain)
      if entry?.kind == .mailbox { continue }
      return KnownSender(
        name: entry?.operatorName ?? domain.name, kind: kind(entry?.kind, evidence), domains: [domain])
    }
    return nil
  }

  /// A pool of one operator: a known one, or several hosts of one organisation.
  private static func byHost(_ evidence: SenderEvidence, _ context: RuleContext) -> KnownSender? {
    guard let owner = evidence.hostOrganisation else { return nil }
    if evidence.organisations.contains(owner) {
      guard evidence.addresses.count > 1 else { return nil }
      return KnownSender(name: owner.name, kind: evidence.isRelay ? .forwarder : .own, hosts: [owner])
    }
    let entry = evidence.hosts.lazy.compactMap(context.table.entry(for:)).first
    let isKnown = entry.map { $0.kind != .hosting } ?? false
    guard isKnown || (evidence.addresses.count > 1 && !context.table.isHosting(evidence.hosts)) else { return nil }
    return KnownSender(name: entry?.operatorName ?? owner.name, kind: kind(entry?.kind, evidence), hosts: [owner])
  }

  /// An own server by its address, or a network.
  private static func byNetwork(_ evidence: SenderEvidence, _ context: RuleContext) -> KnownSender? {
    guard let address = evidence.addresses.first else { return nil }
    let entry = context.table.entry(for: address)
    if evidence.addresses.count == 1, entry == nil || entry?.kind == .hosting {
      let name = evidence.hosts.first?.publishable?.name ?? "\(address)"
      let single = CIDR(address, length: address.bitWidth).map { [$0] } ?? []
      // One that sends for many organisations is shared by them, unless their SPF records authorise it.
      let isShared = evidence.organisations.count > mostOrganisations && !evidence.isAuthorised
      let kind: KnownSender.Kind = evidence.isRelay ? .forwarder : isShared ? .service : .own
      return KnownSender(name: name, kind: kind, networks: single)
    }
    let whole = CIDR(address, length: address.isIPv6 ? 64 : 24)
    guard let whole, evidence.addresses.allSatisfy(whole.contains) else { return nil }
    // One customer has a /64; a /24 may have many. What the operator's SPF record authorises is named as narrowly as possible.
    let isOwn = entry == nil && (address.isIPv6 || evidence.isAuthorised)
    let network = isOwn && !address.isIPv6 ? smallest(evidence.addresses, in: whole) : whole
    let kind = isOwn && !evidence.isRelay ? KnownSender.Kind.own : kind(entry?.kind, evidence)
    return KnownSender(name: entry?.operatorName ?? "\(network)", kind: kind, networks: [network])
  }

  /// The smallest network that contains all addresses.
  private static func smallest(_ addresses: [IPAddress], in whole: CIDR) -> CIDR {
    guard let first = addresses.first else { return whole }
    for length in stride(from: first.bitWidth, to: whole.length, by: -1) {
      if let network = CIDR(first, length: length), addresses.allSatisfy(network.contains) { return network }
    }
    return whole
  }

  private static func kind(_ host: InfrastructureEntry.Kind?, _ evidence: SenderEvidence) -> KnownSender.Kind {
    switch host {
    case .gateway: .gateway
    case .forwarder, .relayPool, .list: .forwarder
    default: evidence.isRelay ? .forwarder : .service
    }
  }

  /// The command that declares it; nil if a name in it is not a valid domain name.
  public var command: ShellCommand? { sender.declaringCommand }
}

extension KnownSender {
  /// The command that declares it; nil if a name in it is not a valid domain name.
  public var declaringCommand: ShellCommand? {
    var words: [ShellWord] = ["dmarcstat", "senders", "add", ShellWord(name) ?? "NAME", "--kind", ShellWord(kind)]
    for network in networks { words += ["--address", ShellWord(network)] }
    let named: [(option: ShellWord, domains: [DomainName])] = [
      ("--domain", domains), ("--host", hosts), ("--for", onlyFor),
    ]
    for (option, domains) in named {
      for domain in domains {
        guard let domain = domain.publishable else { return nil }
        words += [option, ShellWord(domain)]
      }
    }
    return ShellCommand(words)
  }
}

extension InfrastructureTable {
  /// Whether one of the hosts belongs to a general hosting provider, where neighbours are strangers.
  fileprivate func isHosting(_ hosts: [DomainName]) -> Bool { hosts.contains { entry(for: $0)?.kind == .hosting } }
}

extension ShellWord {
  fileprivate init(_ kind: KnownSender.Kind) {
    self =
      switch kind {
      case .own: "own"
      case .service: "service"
      case .gateway: "gateway"
      case .forwarder: "forwarder"
      }
  }
}
