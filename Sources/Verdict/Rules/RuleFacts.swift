import DMARC

/// The facts that the rules examine, with conclusions that several rules share.
///
/// A class, because the reasons and the evidence of each rule that is tried keep a reference to it.
final class RuleFacts: Sendable {
  let flow: FlowFacts
  let source: SourceFacts
  let operatorFacts: OperatorFacts
  let history: HistoryFacts
  let context: RuleContext
  /// The entry of the host in the infrastructure table, by network or forward-confirmed name; nil if there is none.
  let host: InfrastructureEntry?
  /// The key of the source's infrastructure in the history.
  var infrastructure: String { source.infrastructure(of: flow.source) }

  init(
    _ flow: FlowFacts, _ source: SourceFacts, _ operatorFacts: OperatorFacts, _ history: HistoryFacts,
    _ context: RuleContext
  ) {
    self.flow = flow
    self.source = source
    self.operatorFacts = operatorFacts
    self.history = history
    self.context = context
    host = context.table.entry(for: flow.source) ?? source.fcrdnsName.flatMap(context.table.entry(for:))
  }

  var outcome: AlignedOutcome { flow.outcome }
  var reported: AuthenticationOutcome { flow.outcome.reported }
  var thresholds: Thresholds { context.thresholds }
  var passesDMARC: Bool { reported.passesDMARC }
  var fromName: String { outcome.from?.name ?? "" }
}

// MARK: Who the source is

extension RuleFacts {
  var sender: KnownSender? { operatorFacts.knownSender }

  /// Whether the address is an own one, whatever else was declared.
  var isOwnAddress: Bool {
    sender?.kind == .own || operatorFacts.ownNetworks.contains { $0.contains(flow.source) }
  }

  /// Whether SPF authorises the source by a term that no other customers share.
  var isExclusivelyAuthorised: Bool { source.spf.map { $0.isAuthorised && !$0.isShared } ?? false }
  var isAuthorisedAsOneOfMany: Bool { source.spf.map { $0.isAuthorised && $0.isShared } ?? false }

  /// Whether the host is a mail exchange of the organisation, or its forward-confirmed name is one of the organisation's, which only its owner
  /// can publish. Names made from an
  /// address are given to customers.
  var hasOwnHostName: Bool {
    if source.ownHost?.kind == .exchange { return true }
    guard let name = source.fcrdnsName, let host = source.hostOrganisation, host == outcome.organisation else {
      return false
    }
    return !Self.isGeneric(name, flow.source)
  }

  /// Whether a host name is made from its address, as for the customers of an access provider.
  static func isGeneric(_ name: DomainName, _ address: IPAddress) -> Bool {
    guard !address.isIPv6 else {
      let digits = name.labels.first.map { $0.filter { $0.isHexDigit }.count } ?? 0
      return digits >= 16
    }
    let numbers = name.name.split { !$0.isNumber }.compactMap { UInt64($0) }
    let octets = "\(address)".split(separator: ".").compactMap { UInt64($0) }
    return octets.count == 4 && octets.suffix(2).allSatisfy(numbers.contains)
  }

  /// Whether the source is an own server, a known service or gateway, or exclusively authorised by SPF.
  var isDeclared: Bool { sender != nil || isOwnAddress || isExclusivelyAuthorised || hasOwnHostName }

  /// Whether the source is known regardless of reports: from declarations, an expanded SPF record or the infrastructure table.
  var isKnownWithoutReports: Bool {
    sender != nil || isOwnAddress || isDeclaredForwarder || hasOwnHostName
      || (isExclusivelyAuthorised && source.spf?.path != nil)
      || host?.kind.relays ?? false
  }

  var isDeclaredForwarder: Bool { operatorFacts.knownForwarder != nil }

  /// The table entry of the domain that SPF passed for, which authorises this host.
  var envelopeEntry: InfrastructureEntry? { outcome.foreignEnvelopes.lazy.compactMap(context.table.entry(for:)).first }

  /// The relay that this host is known to be, from declarations or the table; nil if it is not.
  var relay: (name: String, kind: InfrastructureEntry.Kind)? {
    if let name = operatorFacts.knownForwarder { return (name, .forwarder) }
    if let host, host.kind.relays { return (host.operatorName, host.kind) }
    if let entry = envelopeEntry, entry.kind == .gateway || entry.kind == .forwarder {
      return (entry.operatorName, entry.kind)
    }
    return nil
  }

  var isSenderRelay: Bool { host?.kind == .senderRelay }

  var status: SourceStatus {
    if let sender {
      switch sender.kind {
      case .own: return .own
      case .service: return .knownService
      case .gateway: return .knownGateway
      case .forwarder: return .knownForwarder
      }
    }
    if isOwnAddress || hasOwnHostName { return .own }
    if isDeclaredForwarder { return .knownForwarder }
    if isExclusivelyAuthorised { return .authorized }
    if isAuthorisedAsOneOfMany { return .authorizedShared }
    if isUsualOriginOfOurs || (host != nil && host?.kind != .hosting) { return .recognised }
    return .unknown
  }
}

// MARK: What authenticated

extension RuleFacts {
  /// Foreign domains that DKIM or SPF passed for; if the reporter lists no results, what other reporters say of the source.
  var foreignPasses: [DomainName] {
    if reported.dkim.isEmpty, reported.spf.isEmpty { return history.siblingIdentity.map { [$0] } ?? [] }
    return listedForeignPasses
  }

  private var listedForeignPasses: [DomainName] {
    outcome.foreignSignatures + outcome.foreignEnvelopes.filter { !outcome.foreignSignatures.contains($0) }
  }

  /// An own envelope domain for which SPF failed. A temporary error is not a failure.
  var failingOwnEnvelope: SPFResult? {
    outcome.ownEnvelopes.first { check in check.result.map { $0 != .pass && !$0.isTemporary } ?? false }
  }

  /// Whether the receiver lists any result. Some report only their evaluation.
  var listsResults: Bool {
    reported.dkim.contains { $0.result != nil } || reported.spf.contains { $0.result != nil }
  }

  /// The evidence of HELO names that SPF passed for.
  var heloEvidence: [Evidence] {
    if let name = outcome.ownHELONames.first { return [Evidence(.ownHELO, ["domain": name.name])] }
    return outcome.foreignHELONames.first.map { [Evidence(.foreignHELO, ["domain": $0.name])] } ?? []
  }

  /// The evidence that nothing passes, as far as the receiver says so.
  var nothingEvidence: [Evidence] {
    guard listsResults else { return [Evidence(.nothingListed, ["from": fromName])] }
    guard heloEvidence.isEmpty else { return [Evidence(.nothingButHELO, ["from": fromName])] + heloEvidence }
    return [Evidence(.nothingPasses, ["from": fromName])]
  }

  /// A HELO name of the organisation that SPF passed for, but not its mail domain itself, whose record may include shared addresses.
  var ownHostByHELO: DomainName? { outcome.ownHELONames.first { $0 != outcome.from && $0 != outcome.organisation } }

  /// An own signature that does not verify. A temporary error does not count.
  var brokenOwnSignature: DKIMResult? {
    outcome.ownSignatures.first { signature in signature.result.map { $0 != .pass && !$0.isTemporary } ?? false }
  }

  var hasOwnTemperror: Bool {
    outcome.ownSignatures.contains { Self.isTemporary($0.result) }
      || outcome.ownEnvelopes.contains { Self.isTemporary($0.result) }
  }

  /// Whether a result is a temporary error. RFC 7489 App. C explains `unknown` as such.
  static func isTemporary(_ result: AuthResult?) -> Bool { result?.isTemporary ?? false }

  /// An ambiguous word among the results for own domains, if there is no plain error.
  var ambiguousError: AuthResult? {
    let results = outcome.ownSignatures.compactMap(\.result) + outcome.ownEnvelopes.compactMap(\.result)
    return results.contains { $0 == .temperror || $0 == .permerror } ? nil : results.first(where: \.isAmbiguous)
  }

  /// A passing domain of a known service.
  var servicePass: (domain: DomainName, entry: InfrastructureEntry)? {
    for domain in foreignPasses {
      if let entry = context.table.entry(for: domain), entry.kind == .esp { return (domain, entry) }
    }
    return nil
  }

  /// A passing domain that looks like that of a mailing list. Authentication by a known list host is not enough, because people have
  /// addresses there too.
  var listPass: (domain: DomainName, isOfTable: Bool)? {
    let names = foreignPasses.filter(context.table.isListLike)
    if let known = names.first(where: { context.table.entry(for: $0)?.kind == .list }) { return (known, true) }
    return names.first.map { ($0, false) }
  }
}

// MARK: What is known of earlier mail

extension RuleFacts {
  /// The history of a selector. One that the reporter does not name is any of them.
  func selector(_ name: String) -> HistoryFacts.Selector? {
    history.selectors[name.hasSuffix("/") ? AlignedOutcome.anySelector : name]
  }

  /// Whether the usual origins of a selector are known.
  private func hasOrigins(_ selector: HistoryFacts.Selector) -> Bool {
    selector.messages >= thresholds.originMessages && !selector.origins.isEmpty
  }

  /// The keys of this source as an origin: its infrastructure, and the domain that SPF passed for.
  private var originNames: [String] {
    let names = [infrastructure] + (outcome.envelopeOrganisation.map { [Self.originKey(envelope: $0)] } ?? [])
    return history.unsupportedOrigins.isEmpty ? names : names.filter { !history.unsupportedOrigins.contains($0) }
  }

  private func isOrigin(_ selector: HistoryFacts.Selector) -> Bool {
    if history.isUsualPlace, outcome.alignedSelectors.allSatisfy({ $0.hasSuffix("/") }) { return true }
    return originNames.contains(where: selector.origins.contains)
  }

  /// The key of an origin that is a domain that SPF passes for, to distinguish it from infrastructures.
  static func originKey(envelope organisation: DomainName) -> String { "spf:\(organisation.name)" }

  /// The key of an organisation that failing messages authenticate as.
  static func identityKey(_ organisation: DomainName) -> String { "id:\(organisation.name)" }

  /// The organisation of such a key.
  static func identity(of key: String) -> DomainName? {
    key.hasPrefix("id:") ? DomainName(String(key.dropFirst(3))) : nil
  }

  /// The own passing selectors with known usual origins.
  var selectorsWithOrigins: [(name: String, selector: HistoryFacts.Selector)] {
    let names = outcome.alignedSelectors.isEmpty ? [AlignedOutcome.anySelector] : outcome.alignedSelectors
    return names.compactMap { name in
      selector(name).flatMap { hasOrigins($0) ? (name, $0) : nil }
    }
  }

  /// A selector that usually comes from this source; nil if there is none.
  var originSelector: (name: String, selector: HistoryFacts.Selector)? {
    selectorsWithOrigins.first { isOrigin($0.selector) }
  }

  /// Whether any own selector usually comes from this source.
  var isUsualOriginOfOurs: Bool {
    guard let usual = history.usualOrigins else {
      return history.selectors.values.contains { hasOrigins($0) && isOrigin($0) }
    }
    return originNames.contains(where: usual.contains)
  }

  /// A selector that is known from passing messages and whose signature is broken here; nil if there is none.
  var brokenKnownSelector: String? {
    guard brokenOwnSignature != nil else { return nil }
    return outcome.ownSignatures.lazy.filter { $0.result != .pass }.map(AlignedOutcome.selectorName)
      .first { selector($0) != nil }
  }

  /// Whether the broken selector usually comes from this source.
  var isOriginOfBrokenSelector: Bool {
    brokenKnownSelector.flatMap(selector).map { hasOrigins($0) && isOrigin($0) } ?? false
  }

  /// Whether this infrastructure has delivered intact messages before, or a receiver has stated that it forwards messages.
  var isSibling: Bool { (history.source?.relayedIntact ?? 0) > 0 || (history.source?.attested ?? 0) > 0 }

  /// Whether the source, which own messages do not usually come from, has delivered intact ones for weeks. Then messages that it broke are
  /// most likely of the same kind, unless they are many more.
  var isSteadyRelay: Bool {
    if isRelayForOthers { return true }
    guard let known = history.source, (known.intactDays ?? 0) >= thresholds.steadyDays,
      (known.intactSpan ?? 0) >= thresholds.steadySpan, !history.isReplayHost, host?.kind != .esp
    else { return false }
    return flow.messages <= max(smallVolume, (known.intactBusiest ?? 0).multipliedClamped(by: Self.brokenShare))
  }

  /// Whether the mail of other organisations shows that the source is a relay.
  var isRelayForOthers: Bool {
    history.organisationsRelayedFor > 0 && flow.messages <= smallVolume.multipliedClamped(by: Self.brokenShare)
      && !history.isReplayHost && !isUsualOriginOfOurs
      && host?.kind != .esp
  }

  /// How many times more messages than it delivers intact on its busiest day a relay may break.
  private static let brokenShare: Int64 = 5

  /// Whether receivers state often enough that the source forwards messages.
  var isOftenAttested: Bool { (history.source?.attested ?? 0) >= thresholds.smallMessages }

  /// Whether a known signature breaks again and again on the way through one organisation's few hosts, which are named like those of a list.
  /// The name alone proves nothing, and for other hosts the signature could be copied: it is the two together, for weeks.
  var isSteadyList: Bool { flow.messages <= smallVolume.multipliedClamped(by: Self.brokenShare) && breaksForWeeks }

  /// Whether a known signature breaks for weeks on the way through the few hosts of one organisation.
  var breaksForWeeks: Bool {
    guard let identity = history.identity else { return false }
    // Some reporters leave out signatures that do not verify.
    let isBreaker = brokenKnownSelector != nil || identity.broken.multipliedClamped(by: 5) >= identity.messages
    return isBreaker && identity.days >= 2 * thresholds.steadyDays && identity.span >= thresholds.steadySpan
      && identity.reporters >= 2 && !isSpread(identity)
  }

  /// Whether an identity uses more addresses than a service would for so few days.
  func isSpread(_ identity: HistoryFacts.Identity) -> Bool { identity.places > max(8, identity.days / 2) }

  /// The number of messages per day up to which a flow looks like individually forwarded messages.
  var smallVolume: Int64 {
    max(thresholds.smallMessages, Int64(((history.dailyMessages ?? 0) * thresholds.smallShare).rounded(.down)))
  }

  var isSmall: Bool { flow.messages <= smallVolume }

  var hardlySigns: Bool { history.signRate.map { $0 < thresholds.hardlySigns } ?? false }
}
