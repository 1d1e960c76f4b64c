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

  /// Numbers instead of names, because there are many flows of few senders.
  struct Found {
    var sender, traits: Int
  }

  private var names: [SenderIdentity] = []
  private var numbers: [SenderIdentity: Int] = [:]
  private var allTraits: [OutcomeTraits] = []
  private var traitNumbers: [OutcomeTraits: Int] = [:]

  private struct Place {
    var address: IPAddress
    /// By hosts and networks; nil if they say nothing.
    var identity: Int?
    var network: Int
  }

  private struct Outcome {
    var traits: Int
    /// By a third-party signature that verifies, and by a signature of its own, whether it verifies or not.
    var signer, own: Int?
  }

  init(_ reader: ActivityReader, _ context: ClassificationContext) {
    (self.reader, self.context) = (reader, context)
  }

  /// Begins with another policy domain, on which it depends whose signatures are third-party ones.
  mutating func begin(domain: String) {
    self.domain = DomainName(domain)
    outcomes.removeAll(keepingCapacity: true)
    (names, numbers, allTraits, traitNumbers) = ([], [:], [], [:])
    places.removeAll(keepingCapacity: true)
  }

  /// A sender, what its messages have in common, and its address, by their numbers.
  func identity(_ number: Int) -> SenderIdentity { names[number] }
  func traits(_ number: Int) -> OutcomeTraits { allTraits[number] }
  func address(ofSource source: Int64) -> IPAddress? { places[source]?.address }

  private mutating func number(_ identity: SenderIdentity) -> Int {
    let number = numbers[identity] ?? names.count
    if number == names.count {
      numbers[identity] = number
      names.append(identity)
    }
    return number
  }

  /// Who sent a flow; nil if its source is not known.
  mutating func find(_ flow: ActiveFlow, _ mail: MailClass) throws -> Found? {
    guard let place = try place(flow.source) else { return nil }
    let outcome = try outcome(flow.outcome)
    let declared = flow.knownSender.map { number(SenderIdentity(.declared, $0)) }
    // Whoever writes a signature that does not verify may claim any domain, so that it counts for own messages only.
    let own = mail == .passing || mail == .failing ? outcome.own : nil
    return Found(
      sender: declared ?? place.identity ?? outcome.signer ?? own ?? place.network, traits: outcome.traits)
  }

  /// The operator of an entry; none for hosting, which anybody can rent.
  private func named(_ entry: InfrastructureEntry?) -> SenderIdentity? {
    entry.flatMap { $0.kind == .hosting ? nil : SenderIdentity(.operatorName, $0.operatorName) }
  }

  private mutating func place(_ source: Int64) throws -> Place? {
    if let known = places[source] { return known }
    guard let (address, host) = try reader.source(source) else { return nil }
    let name = host.flatMap(DomainName.init)
    let entry =
      name.flatMap { context.ruleContext.table.entry(for: $0) } ?? context.ruleContext.table.entry(for: address)
    let organisation = name.flatMap { context.ruleContext.organisations.domain(of: $0) }
    let byHost = entry?.kind == .hosting ? nil : organisation.map { SenderIdentity(.hosts, $0.name) }
    let network = CIDR(address, length: address.isIPv6 ? 48 : 24)?.description ?? "\(address)"
    let place = Place(
      address: address, identity: (named(entry) ?? byHost).map { number($0) },
      network: number(SenderIdentity(.network, network)))
    places[source] = place
    return place
  }

  private mutating func outcome(_ id: Int64) throws -> Outcome {
    if let known = outcomes[id] { return known }
    let stored = try reader.outcome(id)
    var traits = OutcomeTraits(keys: [], envelope: nil, passesSPF: stored.evaluatedSPF == .pass)
    var signer: DomainName?
    var own: String?
    let from = stored.headerFrom.flatMap(DomainName.init) ?? domain
    for signature in stored.dkim {
      guard let signing = signature.domain.flatMap(DomainName.init) else { continue }
      guard let from, context.ruleContext.organisations.areRelated(signing, from) else {
        if signature.result == .pass { signer = signer ?? signing }
        continue
      }
      own = own ?? (context.ruleContext.organisations.domain(of: signing) ?? signing).name
      let selector = signature.selector.flatMap { $0.isEmpty ? nil : $0.lowercased() }
      let key = MailPart.Key(domain: signing.name, selector: selector, passes: signature.result == .pass)
      if !traits.keys.contains(key) { traits.keys.append(key) }
    }
    traits.envelope = stored.spf.lazy.compactMap(\.domain).first.flatMap(DomainName.init)?.name
    let outcome = Outcome(
      traits: number(traits), signer: signer.map { number(identity(ofSigner: $0)) },
      own: own.map { number(SenderIdentity(.signer, $0)) })
    outcomes[id] = outcome
    return outcome
  }

  private mutating func number(_ traits: OutcomeTraits) -> Int {
    let number = traitNumbers[traits] ?? allTraits.count
    if number == allTraits.count {
      traitNumbers[traits] = number
      allTraits.append(traits)
    }
    return number
  }

  private func identity(ofSigner signer: DomainName) -> SenderIdentity {
    named(context.ruleContext.table.entry(for: signer))
      ?? SenderIdentity(.signer, (context.ruleContext.organisations.domain(of: signer) ?? signer).name)
  }
}
