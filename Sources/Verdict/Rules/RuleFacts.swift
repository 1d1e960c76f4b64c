import DMARC

/// All that the rules look at, with the conclusions that several of them share.
struct RuleFacts: Sendable {
  let flow: FlowFacts
  let source: SourceFacts
  let operatorFacts: OperatorFacts
  let history: HistoryFacts
  let context: RuleContext
  /// What the table says of the host, by its network or its confirmed name.
  let host: InfrastructureEntry?
  /// What the histories are kept by.
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

  /// Ours by address, whatever else was declared.
  var isOwnAddress: Bool {
    sender?.kind == .own || operatorFacts.ownNetworks.contains { $0.contains(flow.source) }
  }

  /// In SPF by a term that other customers of a provider do not share.
  var isExclusivelyAuthorised: Bool { source.spf.map { $0.isAuthorised && !$0.isShared } ?? false }
  var isAuthorisedAsOneOfMany: Bool { source.spf.map { $0.isAuthorised && $0.isShared } ?? false }

  /// Own, a known service or gateway, or authorised by an SPF term of our own.
  var isDeclared: Bool { sender != nil || isOwnAddress || isExclusivelyAuthorised }

  /// Known by the operator's word, by an SPF record that was looked up, or by the table: whatever reports say.
  var isKnownWithoutReports: Bool {
    sender != nil || isOwnAddress || isDeclaredForwarder || (isExclusivelyAuthorised && source.spf?.path != nil)
      || host?.kind.relays ?? false
  }

  var isDeclaredForwarder: Bool { operatorFacts.knownForwarder != nil }

  /// What the table says of the domain that SPF passed for: that domain authorises this host.
  var envelopeEntry: InfrastructureEntry? { outcome.foreignEnvelopes.lazy.compactMap(context.table.entry(for:)).first }

  /// The relay that this host is known to be, by the operator's word or the table's.
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
  /// Domains of others that DKIM or SPF passed for.
  var foreignPasses: [DomainName] {
    outcome.foreignSignatures + outcome.foreignEnvelopes.filter { !outcome.foreignSignatures.contains($0) }
  }

  /// MAIL FROM kept our name, but SPF did not pass for it. A temporary error is no failure.
  var failingOwnEnvelope: SPFResult? {
    outcome.ownEnvelopes.first {
      [.fail, .softfail, .neutral, .none, .permerror, .policy].contains($0.result ?? .none)
    }
  }

  /// A signature of ours that does not verify. A temporary error is no broken signature.
  var brokenOwnSignature: DKIMResult? {
    outcome.ownSignatures.first { ![.pass, .temperror, .unknown].contains($0.result ?? .none) }
  }

  var hasOwnTemperror: Bool {
    outcome.ownSignatures.contains { Self.isTemporary($0.result) }
      || outcome.ownEnvelopes.contains { Self.isTemporary($0.result) }
  }

  /// A word that no standard knows (`unknown`, `error`) is read as the temporary error that RFC 7489 App. C explains it as.
  static func isTemporary(_ result: AuthResult?) -> Bool { result == .temperror || result == .unknown }

  /// A passing domain of a service of the table.
  var servicePass: (domain: DomainName, entry: InfrastructureEntry)? {
    for domain in foreignPasses {
      if let entry = context.table.entry(for: domain), entry.kind == .esp { return (domain, entry) }
    }
    return nil
  }

  /// A passing domain that looks like a mailing list's. That a list host of the table authenticates is not enough: people have
  /// addresses there as well.
  var listPass: (domain: DomainName, isOfTable: Bool)? {
    let names = foreignPasses.filter(context.table.isListLike)
    if let known = names.first(where: { context.table.entry(for: $0)?.kind == .list }) { return (known, true) }
    return names.first.map { ($0, false) }
  }
}

// MARK: What is known of earlier mail

extension RuleFacts {
  func selector(_ name: String) -> HistoryFacts.Selector? { history.selectors[name] }

  /// Whether the usual origins of this selector are known.
  private func hasOrigins(_ selector: HistoryFacts.Selector) -> Bool {
    selector.messages >= thresholds.originMessages && !selector.origins.isEmpty
  }

  /// An infrastructure is known as an origin by its name, or by the domain that SPF passed for.
  private var originNames: [String] {
    let names = [infrastructure] + (outcome.envelopeOrganisation.map { [Self.originKey(envelope: $0)] } ?? [])
    return history.unsupportedOrigins.isEmpty ? names : names.filter { !history.unsupportedOrigins.contains($0) }
  }

  private func isOrigin(_ selector: HistoryFacts.Selector) -> Bool {
    originNames.contains(where: selector.origins.contains)
  }

  /// How origins name a domain that SPF passes for, beside the infrastructures.
  static func originKey(envelope organisation: DomainName) -> String { "spf:\(organisation.name)" }

  /// Our passing selectors whose usual origins are known.
  var selectorsWithOrigins: [(name: String, selector: HistoryFacts.Selector)] {
    outcome.alignedSelectors.compactMap { name in
      selector(name).flatMap { hasOrigins($0) ? (name, $0) : nil }
    }
  }

  /// The selector that usually comes from this infrastructure.
  var originSelector: (name: String, selector: HistoryFacts.Selector)? {
    selectorsWithOrigins.first { isOrigin($0.selector) }
  }

  /// Some selector of ours usually comes from this infrastructure.
  var isUsualOriginOfOurs: Bool {
    guard let usual = history.usualOrigins else {
      return history.selectors.values.contains { hasOrigins($0) && isOrigin($0) }
    }
    return originNames.contains(where: usual.contains)
  }

  /// A signature of ours that is known from mail that passed, and is broken here.
  var brokenKnownSelector: String? {
    guard brokenOwnSignature != nil else { return nil }
    return outcome.ownSignatures.lazy.filter { $0.result != .pass }.map(AlignedOutcome.selectorName)
      .first { selector($0) != nil }
  }

  /// This infrastructure is where our broken selector usually comes from.
  var isOriginOfBrokenSelector: Bool {
    brokenKnownSelector.flatMap(selector).map { hasOrigins($0) && isOrigin($0) } ?? false
  }

  /// The same infrastructure has delivered intact mail of ours before, or a receiver has said of it that it passes mail on.
  var isSibling: Bool { (history.source?.relayedIntact ?? 0) > 0 || (history.source?.attested ?? 0) > 0 }

  /// Messages a day up to which mail looks like single mails passed on.
  var smallVolume: Int64 {
    max(thresholds.smallMessages, Int64(((history.dailyMessages ?? 0) * thresholds.smallShare).rounded(.down)))
  }

  var isSmall: Bool { flow.messages <= smallVolume }

  var hardlySigns: Bool { history.signRate.map { $0 < thresholds.hardlySigns } ?? false }
}
