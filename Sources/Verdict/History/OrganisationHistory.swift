import DMARC

/// What all messages in the name of one organisation tell about its selectors and sources.
///
/// Add all flows, then their days, call ``complete(reporters:recipients:)``, and then query the facts about each flow:
///
/// ```swift
/// let history = OrganisationHistory(context)
/// history.add(flow)
/// history.addDay(flow: 0, day: 20_727, reporter: 1, messages: 12)
/// history.complete(reporters: [1: "mailbox.example"], recipients: [])
/// let facts = history.facts(of: 0)
/// ```
public final class OrganisationHistory {
  let context: RuleContext
  /// Infrastructures, places, envelope organisations and identities.
  var keys = KeyTable()
  var froms = StringInterner()
  var selectorNames = StringInterner()
  private var volumes = NumberTable()
  private var volumesByNumber: [Volume] = []
  private var operators = StringInterner()
  /// The number of volumes that messages are counted in.
  private(set) var volumeCount = 0
  var flows = HistoryFlows()
  /// The days of all flows, in the order in which they were added.
  var days = HistoryDays()
  /// For each source: whether SPF passed with alignment, and whether it passed for foreign domains.
  var sourceFlags: [FlowTraits.Flags] = []
  private var sourceTraits: [SourceTraits?] = []
  /// For each source: its /24, or its /64 if it is IPv6.
  var sourceNetworks: [CIDR?] = []
  var reporterNames: [Int32: String] = [:]
  /// By key: whether it stands for one operator's mail; filled on demand.
  var narrowKeys: [Bool?] = []
  /// For each network: the number of its addresses that SPF passes for with alignment.
  var authorisedNeighbours: [CIDR: Int64] = [:]
  /// The distinct lists of foreign domains that signed messages.
  var signerLists = SignerLists()
  /// Foreign domains that usually sign messages together with an aligned own signature.
  var usualCosigners: Set<DomainName> = []
  /// Pairs of foreign domains of which the second usually signs what the first signs.
  var companions: [DomainName: Set<DomainName>] = [:]
  /// The organisations that passing messages were sent to.
  var correspondents: Set<DomainName> = []
  var summary = HistorySummary()
  let trustPolicy: TrustPolicy
  /// Relays that the mail of several organisations shows, with the number of organisations, by key.
  public var learnedRelays: [String: Int] = [:] { didSet { relaysByKey = relayNumbers() } }
  /// The same by number, of those that messages came from.
  private(set) var relaysByKey: [Int32: Int] = [:]
  /// Organisations whose reports anyone could have sent. Names are free, so all of them together count as one organisation.
  let unverifiedOrganisations: Set<Int64>
  /// The trusted organisations that report anything; the same with unverified ones counted as one; those for each outcome of a source.
  var trustedOrganisations = ReportingOrganisations()
  var independentOrganisations = ReportingOrganisations()
  var organisationsByStatement: [ReportingOrganisations] = []
  private var statements = NumberTable()
  private var statementsByNumber: [Statement] = []
  /// `flow << 32 | organisation`, sorted and without duplicates; kept only if more than one organisation may be needed.
  var flowOrganisations: [UInt64] = []

  /// What is the same for all flows of a source.
  private struct SourceTraits {
    var infrastructure: Int32
    var place: Int32
    /// The operator of the host, if it has many customers.
    var operatorName: String?
    /// Whether the host name is made from the address.
    var isCustomer: Bool
  }

  private struct Statement: Equatable {
    var source: Int32
    var outcomeID: Int64

    var hash: UInt64 { UInt64(bitPattern: outcomeID) &* 0x100_0000_01b3 ^ UInt64(UInt32(bitPattern: source)) }
  }

  /// The number of the stream of all signed messages.
  static let allSigned: Int32 = 0

  /// The number of statements.
  var statementCount: Int { statementsByNumber.count }

  /// What messages are counted by: a place and a kind of messages, or an outcome at an operator with many customers.
  private struct Volume: Equatable {
    /// The place, or the outcome.
    var subject: Int64
    /// The kind, or the number of the operator.
    var kind: Int32
    var isOutcome: Bool

    var hash: UInt64 { UInt64(bitPattern: subject) &* 0x100_0000_01b3 ^ UInt64(UInt32(bitPattern: kind)) }
  }

  /// Creates an empty history.
  /// - Parameters:
  ///   - context: the organisations, infrastructure and thresholds.
  ///   - trustPolicy: whose reports may speak in favour of a source.
  ///   - unverifiedOrganisations: numbers of organisations that count as one, because anyone could have sent their reports.
  public init(_ context: RuleContext, trustPolicy: TrustPolicy = .everyone, unverifiedOrganisations: Set<Int64> = []) {
    self.unverifiedOrganisations = unverifiedOrganisations
    self.context = context
    self.trustPolicy = trustPolicy
    _ = selectorNames.number(of: AlignedOutcome.anySelector)
  }

  /// Adds a flow. Flows are numbered from 0 in the order in which they are added.
  public func add(_ flow: HistoricFlow) {
    let outcome = flow.outcome
    var flags: FlowTraits.Flags = []
    if outcome.reported.passesDMARC { flags.insert(.passes) }
    if outcome.reported.evaluatedDKIM == .pass { flags.insert(.dkimAligned) }
    if outcome.reported.evaluatedSPF == .pass { flags.insert(.spfAligned) }
    if outcome.attestation != nil { flags.insert(.attested) }
    let hasForeignPass = !outcome.foreignSignatures.isEmpty || !outcome.foreignEnvelopes.isEmpty
    if hasForeignPass { flags.insert(.foreignPass) }
    let hasHELOPass = !outcome.ownHELONames.isEmpty || !outcome.foreignHELONames.isEmpty
    if !outcome.reported.passesDMARC, outcome.reported.evaluation != .none, !hasForeignPass, !hasHELOPass,
      outcome.ownSignatures.isEmpty,
      flow.declared.knownSender == nil
    {
      flags.insert(.unauthenticated)
    }
    let isPlace = flow.declared.knownSender != nil && !flow.declared.isKnownBySignatureOnly
    if isPlace || (flow.sourceFacts.spf.map { $0.isAuthorised && !$0.isShared } ?? false) {
      flags.insert(.authorised)
    }
    let source = traits(flow)
    if source.isCustomer { flags.insert(.customerHost) }
    if outcome.ownSignatures.contains(where: { $0.result != .pass && !RuleFacts.isTemporary($0.result) }) {
      flags.insert(.brokenSignature)
    }
    if outcome.reported.dkim.isEmpty, outcome.reported.spf.isEmpty { flags.insert(.withoutResults) }
    let selectors =
      flags.contains(.dkimAligned)
      ? outcome.alignedSelectors.filter { !$0.hasSuffix("/") }.map { selectorNames.number(of: $0) } : []
    flows.append(
      FlowTraits(
        source: flow.source, infrastructure: source.infrastructure, place: source.place,
        envelope: outcome.envelopeOrganisation.map { keys.number(of: RuleFacts.originKey(envelope: $0)) } ?? -1,
        identity: identity(flow, flags), signers: signerLists.number(of: outcome.foreignSignatures),
        from: froms.number(of: outcome.from?.name ?? ""),
        firstSelector: selectors.first ?? -1,
        secondSelector: selectors.count > 1 ? selectors[1] : -1, volume: volume(flow, source, flags),
        statement: statement(flow),
        flags: flags))
    while sourceFlags.count <= Int(flow.source) { sourceFlags.append([]) }
    sourceNetworks.append(contentsOf: repeatElement(nil, count: sourceFlags.count - sourceNetworks.count))
    sourceNetworks[Int(flow.source)] = CIDR(flow.address, length: flow.address.isIPv6 ? 64 : 24)
    sourceFlags[Int(flow.source)].formUnion(flags.intersection([.spfAligned, .foreignPass]))
  }

  private func traits(_ flow: HistoricFlow) -> SourceTraits {
    let index = Int(flow.source)
    while sourceTraits.count <= index { sourceTraits.append(nil) }
    if let known = sourceTraits[index] { return known }
    let host =
      context.table.entry(for: flow.address) ?? flow.sourceFacts.fcrdnsName.flatMap(context.table.entry(for:))
    let traits = SourceTraits(
      infrastructure: flow.sourceFacts.isPlaceOnly
        ? keys.number(ofPlace: flow.address) : keys.number(of: flow.sourceFacts.infrastructure(of: flow.address)),
      place: keys.number(ofPlace: flow.address),
      operatorName: host.flatMap { $0.kind == .hosting ? nil : $0.operatorName },
      isCustomer: flow.sourceFacts.fcrdnsName.map { RuleFacts.isGeneric($0, flow.address) } ?? false)
    sourceTraits[index] = traits
    return traits
  }

  /// The key of the organisation that failing messages authenticate as, by DKIM or else by SPF.
  private func identity(_ flow: HistoricFlow, _ flags: FlowTraits.Flags) -> Int32 {
    guard !flags.contains(.passes) else { return -1 }
    let outcome = flow.outcome
    guard let domain = outcome.foreignSignatures.first ?? outcome.foreignEnvelopes.first else { return -1 }
    return keys.number(of: RuleFacts.identityKey(context.organisations.domain(of: domain) ?? domain))
  }

  private func statement(_ flow: HistoricFlow) -> Int32 {
    guard trustPolicy != .everyone else { return 0 }
    let statement = Statement(source: flow.source, outcomeID: flow.outcomeID)
    let next = Int32(statementsByNumber.count)
    let number = statements.number(
      statement.hash, next: next, hash: { [statementsByNumber] in statementsByNumber[Int($0)].hash },
      isEqual: { [statementsByNumber] in statementsByNumber[Int($0)] == statement })
    if number == next { statementsByNumber.append(statement) }
    return number
  }

  /// Messages of one place are counted together; those of an operator with many customers by outcome, which distinguishes them.
  private func volume(_ flow: HistoricFlow, _ source: SourceTraits, _ flags: FlowTraits.Flags) -> Int32 {
    // Messages that the receiver explains itself must not make the rest look like more.
    let kind = flags.intersection([.dkimAligned, .passes, .attested]).rawValue
    var volume = Volume(subject: Int64(source.place), kind: Int32(kind), isOutcome: false)
    if let name = source.operatorName {
      volume = Volume(subject: flow.outcomeID, kind: operators.number(of: name), isOutcome: true)
    }
    let next = Int32(clamping: volumesByNumber.count)
    let number = volumes.number(
      volume.hash, next: next, hash: { [volumesByNumber] in volumesByNumber[Int($0)].hash },
      isEqual: { [volumesByNumber] in volumesByNumber[Int($0)] == volume })
    if number == next { volumesByNumber.append(volume) }
    volumeCount = volumesByNumber.count
    return number
  }

  /// Adds the messages of a flow on one UTC day.
  /// - Parameters:
  ///   - flow: the number of the flow.
  ///   - day: days since 1970-01-01.
  ///   - reporter: the number of the reporter.
  ///   - messages: the number of messages.
  ///   - organisation: the number of the organisation that sent the report; nil if it is not trusted.
  ///   - reportingOrganisation: the same, trusted or not; nil if the report is contested.
  ///   - isEstimated: whether the report covers several days, so that the messages were apportioned to them.
  public func addDay(
    flow: Int, day: Int64, reporter: Int64, messages: Int64, organisation: Int64? = nil,
    reportingOrganisation: Int64? = nil, isEstimated: Bool = false
  ) {
    let trustedOrganisation = organisation.map { Int32(clamping: $0) } ?? -1
    let reportingOrganisation = (reportingOrganisation ?? organisation).map { Int32(clamping: $0) } ?? -1
    days.append(
      Day(
        flow: Int32(flow), day: Int32(clamping: day), messages: messages,
        provenance: Provenance(
          reporter: Int32(clamping: reporter), isEstimated: isEstimated, trustedOrganisation: trustedOrganisation,
          reportingOrganisation: reportingOrganisation)))
  }

  /// Computes the facts, after all flows and days were added.
  /// - Parameters:
  ///   - reporters: the names of the reporters by the numbers used when days were added.
  ///   - recipients: the domains that passing messages were sent to.
  public func complete(reporters: [Int64: String], recipients: [String]) {
    // Only those that reported on this organisation: with many reporters and organisations, the others would be most of the work.
    for id in days.reporters { reporterNames[id] = reporters[Int64(id)] }
    correspondents = Set(recipients.compactMap(DomainName.init).compactMap { context.organisations.domain(of: $0) })
    // Only adding flows needs these.
    (volumes, volumesByNumber) = (NumberTable(), [])
    statements = NumberTable()
    sourceTraits = []
    countReportingOrganisations()
    statementsByNumber = []
    countNeighbours()
    countCosigners()
    summary = HistorySummary(self)
    // What remains is read by several threads.
    days = HistoryDays()
    summary.intact.forEachSet { key, presence in if presence.days > 0 { _ = isNarrow(Int32(clamping: key)) } }
    relaysByKey = relayNumbers()
  }

  /// Whether receivers reported aligned SPF passes of a source, so that the record evidently authorises it. It counts as shared if the
  /// source also passes for foreign domains or belongs to an operator with many customers.
  func observedSPF(_ flow: FlowTraits, host: InfrastructureEntry?) -> SPFAuthorisation? {
    let flags = sourceFlags[Int(flow.source)]
    guard flags.contains(.spfAligned) else { return nil }
    return SPFAuthorisation(isAuthorised: true, isShared: flags.contains(.foreignPass) || host?.kind.isShared ?? false)
  }
}
