public import DMARC

/// What the stored messages say of a source, or of several that belong together, for proposing how to declare it.
public struct SenderEvidence: Sendable {
  /// The addresses.
  public private(set) var addresses: [IPAddress] = []
  /// The forward-confirmed reverse DNS names of the addresses, as far as known.
  public private(set) var hosts: [DomainName] = []
  /// The organisations in whose name it sends.
  public private(set) var organisations: Set<DomainName> = []
  private var seen: Set<IPAddress> = []
  private var namedAddresses = 0
  private var messages: Int64 = 0
  private var authorised: Int64 = 0
  private var relayed: Int64 = 0
  /// Messages by foreign domain that passes, and the order in which the domains were met, DKIM before SPF.
  private var passes: [DomainName: Int64] = [:]
  private var order: [DomainName] = []
  private let lookUp: Organisations

  /// Creates evidence of nothing.
  public init(_ organisations: Organisations) { lookUp = organisations }

  /// Adds an address, if it is new.
  public mutating func add(_ address: IPAddress, host: DomainName?) {
    guard seen.insert(address).inserted else { return }
    addresses.append(address)
    guard let host else { return }
    namedAddresses += 1
    if !hosts.contains(host) { hosts.append(host) }
  }

  /// Adds messages with one outcome and the verdict on them.
  public mutating func add(_ outcome: AuthenticationOutcome, messages count: Int64, verdict: Verdict?) {
    messages = messages.addingClamped(count)
    let from = outcome.headerFrom.flatMap(DomainName.init)
    if let from { organisations.insert(lookUp.domain(of: from) ?? from) }
    if outcome.evaluatedSPF == .pass { authorised = authorised.addingClamped(count) }
    if verdict?.isForwarding == true { relayed = relayed.addingClamped(count) }
    var met: Set<DomainName> = []
    for domain in outcome.passingDomains where met.insert(domain).inserted {
      if let from, lookUp.areRelated(domain, from) { continue }
      if passes[domain] == nil { order.append(domain) }
      passes[domain] = (passes[domain] ?? 0).addingClamped(count)
    }
  }

  /// Adds what is known about other sources of the same pool.
  public mutating func add(_ other: SenderEvidence) {
    for address in other.addresses where seen.insert(address).inserted { addresses.append(address) }
    namedAddresses += other.namedAddresses
    hosts += other.hosts.filter { !hosts.contains($0) }
    organisations.formUnion(other.organisations)
    messages = messages.addingClamped(other.messages)
    authorised = authorised.addingClamped(other.authorised)
    relayed = relayed.addingClamped(other.relayed)
    for domain in other.order {
      if passes[domain] == nil { order.append(domain) }
      passes[domain] = (passes[domain] ?? 0).addingClamped(other.passes[domain] ?? 0)
    }
  }

  /// Whether nearly all of a number of messages is this many: four of five.
  private func isMost(_ part: Int64) -> Bool { messages > 0 && part >= messages - messages / 5 }

  /// Whether SPF passes with alignment for nearly all messages.
  var isAuthorised: Bool { isMost(authorised) }

  /// Whether most messages were forwarded.
  var isRelay: Bool { relayed > 0 && relayed >= messages / 2 }

  /// The foreign domains that pass in nearly all messages.
  var passing: [DomainName] { order.filter { isMost(passes[$0] ?? 0) } }

  /// The organisation of the domains that pass, if nearly all messages pass for one.
  var passingOrganisation: DomainName? {
    var sums: [DomainName: Int64] = [:]
    for domain in order {
      guard let owner = lookUp.domain(of: domain) else { continue }
      sums[owner] = (sums[owner] ?? 0).addingClamped(passes[domain] ?? 0)
    }
    return order.lazy.compactMap { lookUp.domain(of: $0) }.first { isMost(sums[$0] ?? 0) }
  }

  /// The organisation of the host names, if nearly all addresses have one and it is the same.
  var hostOrganisation: DomainName? {
    let owners = Set(hosts.map { lookUp.domain(of: $0) ?? $0 })
    return owners.count == 1 && namedAddresses * 5 >= addresses.count * 4 ? owners.first : nil
  }
}
