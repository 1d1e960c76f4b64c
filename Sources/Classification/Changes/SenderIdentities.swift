import DMARC
import Store
import Verdict

/// The aligned identifiers of an outcome.
struct OutcomeTraits: Hashable {
  var keys: [MailPart.Key]
  var envelope: String?
  var passesSPF: Bool
}

/// Names senders by what lasts: a declaration, an operator, the organisation of their hosts, a signature, a network.
struct SenderIdentities {
  private let reader: ActivityReader
  private let context: ClassificationContext
  private var domain: DomainName?
  private var places: [Int64: Place] = [:]
  private var outcomes: [Int64: Outcome] = [:]
  /// The most places and outcomes that are kept.
  private static let mostKept = 100_000

  private struct Place {
    var address: IPAddress
    /// By hosts and networks; nil if they say nothing.
    var identity: SenderIdentity?
    var network: SenderIdentity
  }

  private struct Outcome {
    var traits: OutcomeTraits
    /// The domain of a third-party signature that verifies.
    var signer: DomainName?
    /// The domain of a signature of its own, whether it verifies or not.
    var own: String?
  }

  init(_ reader: ActivityReader, _ context: ClassificationContext) {
    (self.reader, self.context) = (reader, context)
  }

  /// Begins with another policy domain, on which it depends whose signatures are third-party ones.
  mutating func begin(domain: String) {
    self.domain = DomainName(domain)
    outcomes.removeAll(keepingCapacity: true)
  }

  /// Who sent a flow; nil if its source is not known.
  mutating func find(
    _ flow: ActiveFlow, _ mail: MailClass
  ) throws -> (identity: SenderIdentity, traits: OutcomeTraits, address: IPAddress)? {
    guard let place = try place(flow.source) else { return nil }
    let outcome = try outcome(flow.outcome)
    let identity =
      flow.knownSender.map { SenderIdentity(.declared, $0) } ?? place.identity ?? signer(outcome, mail) ?? place.network
    return (identity, outcome.traits, place.address)
  }

  /// Whoever writes a signature that does not verify may claim any domain, so that it counts for own messages only.
  private func signer(_ outcome: Outcome, _ mail: MailClass) -> SenderIdentity? {
    if let signer = outcome.signer {
      if let entry = named(context.ruleContext.table.entry(for: signer)) { return entry }
      return SenderIdentity(.signer, (context.ruleContext.organisations.domain(of: signer) ?? signer).name)
    }
    guard mail == .passing || mail == .failing else { return nil }
    return outcome.own.map { SenderIdentity(.signer, $0) }
  }

  /// The operator of an entry; none for hosting, which anybody can rent.
  private func named(_ entry: InfrastructureEntry?) -> SenderIdentity? {
    entry.flatMap { $0.kind == .hosting ? nil : SenderIdentity(.operatorName, $0.operatorName) }
  }

  private mutating func place(_ source: Int64) throws -> Place? {
    if let known = places[source] { return known }
    guard let (address, host) = try reader.source(source) else { return nil }
    let name = host.flatMap(DomainName.init)
    let entry = name.flatMap { context.ruleContext.table.entry(for: $0) } ?? context.ruleContext.table.entry(for: address)
    let organisation = name.flatMap { context.ruleContext.organisations.domain(of: $0) }
    let byHost = entry?.kind == .hosting ? nil : organisation.map { SenderIdentity(.hosts, $0.name) }
    let network = CIDR(address, length: address.isIPv6 ? 48 : 24)?.description ?? "\(address)"
    let place = Place(
      address: address, identity: named(entry) ?? byHost, network: SenderIdentity(.network, network))
    if places.count >= Self.mostKept { places.removeAll(keepingCapacity: true) }
    places[source] = place
    return place
  }

  private mutating func outcome(_ id: Int64) throws -> Outcome {
    if let known = outcomes[id] { return known }
    let stored = try reader.outcome(id)
    var outcome = Outcome(traits: OutcomeTraits(keys: [], envelope: nil, passesSPF: stored.evaluatedSPF == .pass))
    let from = stored.headerFrom.flatMap(DomainName.init) ?? domain
    for signature in stored.dkim {
      guard let signing = signature.domain.flatMap(DomainName.init) else { continue }
      guard let from, context.ruleContext.organisations.areRelated(signing, from) else {
        if signature.result == .pass { outcome.signer = outcome.signer ?? signing }
        continue
      }
      outcome.own = outcome.own ?? (context.ruleContext.organisations.domain(of: signing) ?? signing).name
      let selector = signature.selector.flatMap { $0.isEmpty ? nil : $0.lowercased() }
      let key = MailPart.Key(domain: signing.name, selector: selector, passes: signature.result == .pass)
      if !outcome.traits.keys.contains(key) { outcome.traits.keys.append(key) }
    }
    outcome.traits.envelope = stored.spf.lazy.compactMap(\.domain).first.flatMap(DomainName.init)?.name
    if outcomes.count >= Self.mostKept { outcomes.removeAll(keepingCapacity: true) }
    outcomes[id] = outcome
    return outcome
  }
}
