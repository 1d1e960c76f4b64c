import DMARC

/// The facts that the rules examine, with conclusions that several rules share.
struct RuleFacts: Sendable {
  let flow: FlowFacts
  let source: SourceFacts
  let operatorFacts: OperatorFacts
  let history: HistoryFacts
  let context: RuleContext
  /// The entry of the host in the infrastructure table, by network or forward-confirmed name; nil if there is none.
  let host: InfrastructureEntry?
  /// The key of the source's infrastructure in the history.
  let infrastructure: String

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
    infrastructure = source.infrastructure(of: flow.source)
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

  /// Whether the source is an own server, a known service or gateway, or exclusively authorised by SPF.
  var isDeclared: Bool { sender != nil || isOwnAddress || isExclusivelyAuthorised }

  /// Whether the source is known regardless of reports: from declarations, an expanded SPF record or the infrastructure table.
  var isKnownWithoutReports: Bool {
    sender != nil || isOwnAddress || isDeclaredForwarder || (isExclusivelyAuthorised && source.spf?.path != nil)
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
    if isOwnAddress { return .own }
    if isDeclaredForwarder { return .knownForwarder }
    if isExclusivelyAuthorised { return .authorized }
    if isAuthorisedAsOneOfMany { return .authorizedShared }
    if isUsualOriginOfOurs || (host != nil && host?.kind != .hosting) { return .recognised }
    return .unknown
  }
}

// MARK: What authenticated

extension RuleFacts {
  /// Foreign domains that DKIM or SPF passed for.
  var foreignPasses: [DomainName] {
    outcome.foreignSignatures + outcome.foreignEnvelopes.filter { !outcome.foreignSignatures.contains($0) }
  }

  /// An own envelope domain for which SPF failed. A temporary error is not a failure.
  var failingOwnEnvelope: SPFResult? {
    outcome.ownEnvelopes.first {
      [.fail, .softfail, .neutral, .none, .permerror, .policy].contains($0.result ?? .none)
    }
  }

  /// An own signature that does not verify. A temporary error does not count.
  var brokenOwnSignature: DKIMResult? {
    outcome.ownSignatures.first { ![.pass, .temperror, .unknown].contains($0.result ?? .none) }
  }

  var hasOwnTemperror: Bool {
    outcome.ownSignatures.contains { Self.isTemporary($0.result) }
      || outcome.ownEnvelopes.contains { Self.isTemporary($0.result) }
  }

  /// Whether a result is a temporary error. RFC 7489 App. C describes unknown words (`unknown`, `error`) as such.
  static func isTemporary(_ result: AuthResult?) -> Bool { result == .temperror || result == .unknown }

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
  func selector(_ name: String) -> HistoryFacts.Selector? { history.selectors[name] }

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
    originNames.contains(where: selector.origins.contains)
  }

  /// The key of an origin that is a domain that SPF passes for, to distinguish it from infrastructures.
  static func originKey(envelope organisation: DomainName) -> String { "spf:\(organisation.name)" }

  /// The own passing selectors with known usual origins.
  var selectorsWithOrigins: [(name: String, selector: HistoryFacts.Selector)] {
    outcome.alignedSelectors.compactMap { name in
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

  /// The number of messages per day up to which a flow looks like individually forwarded messages.
  var smallVolume: Int64 {
    max(thresholds.smallMessages, Int64(((history.dailyMessages ?? 0) * thresholds.smallShare).rounded(.down)))
  }

  var isSmall: Bool { flow.messages <= smallVolume }

  var hardlySigns: Bool { history.signRate.map { $0 < thresholds.hardlySigns } ?? false }
}
