import DMARC

/// What all mail in the name of one organisation tells about its selectors and sources: put flows in, then their days, then ask.
public final class OrganisationHistory {
  let context: RuleContext
  /// Infrastructures and envelope organisations.
  var keys = StringInterner()
  var froms = StringInterner()
  var selectorNames = StringInterner()
  private var volumes: [Volume: Int32] = [:]
  var flows: [FlowTraits] = []
  var days: [Day] = []
  /// By source: SPF passed aligned; passed for others.
  var sourceFlags: [FlowTraits.Flags] = []
  private var sourceTraits: [SourceTraits?] = []
  var reporterNames: [Int32: String] = [:]
  /// Organisations that passing mail went to.
  var correspondents: Set<DomainName> = []
  var summary = HistorySummary()
  let trustPolicy: TrustPolicy
  /// Organisations that report anything, whose reports came by mail and nobody knows. Names are free, so together they are one.
  let unverifiedOrganisations: Set<Int64>
  /// Organisations that report anything; the same with all strangers as one; that report each outcome of a source.
  var trustedOrganisations = ReportingOrganisations()
  var independentOrganisations = ReportingOrganisations()
  var organisationsByStatement: [ReportingOrganisations] = []
  private var statements: [Statement: Int32] = [:]
  /// `flow << 32 | organisation`, sorted, each once; kept only where it takes more than one organisation to clear something.
  var flowOrganisations: [UInt64] = []

  /// Messages of a flow on a day by one reporter.
  struct Day {
    var flow: Int32
    var day: Int32
    var reporter: Int32
    var messages: Int64
    /// The organisation that the report came from; -1 where it is not believed.
    var trustedOrganisation: Int32
    /// The organisation that the report came from, believed or not; -1 if the report is contested.
    var reportingOrganisation: Int32
  }

  /// What is the same for all flows of a source.
  private struct SourceTraits {
    var infrastructure: Int32
    /// The operator with many customers whose host it is.
    var operatorName: String?
  }

  private struct Statement: Hashable {
    var source: Int32
    var outcomeID: Int64
  }

  /// Number of statements.
  var statementCount: Int { statements.count }

  /// What messages are counted by: an infrastructure and a kind of mail, or an outcome at an operator with many customers.
  private enum Volume: Hashable {
    case infrastructure(Int32, kind: UInt8)
    case outcome(Int64, operatorName: String)
  }

  /// A history of nothing.
  /// - Parameters:
  ///   - credibility: whose reports may clear a source.
  ///   - strangers: numbers of the organisations that count as one, because anybody could have sent their reports.
  public init(_ context: RuleContext, trustPolicy: TrustPolicy = .everyone, unverifiedOrganisations: Set<Int64> = []) {
    self.unverifiedOrganisations = unverifiedOrganisations
    self.context = context
    self.trustPolicy = trustPolicy
  }

  /// Takes in a flow; they are known by the order in which they come, from 0.
  public func add(_ flow: HistoricFlow) {
    let outcome = flow.outcome
    var flags: FlowTraits.Flags = []
    if outcome.reported.passesDMARC { flags.insert(.passes) }
    if outcome.reported.evaluatedDKIM == .pass { flags.insert(.dkimAligned) }
    if outcome.reported.evaluatedSPF == .pass { flags.insert(.spfAligned) }
    if outcome.attestation != nil { flags.insert(.attested) }
    let hasForeignPass = !outcome.foreignSignatures.isEmpty || !outcome.foreignEnvelopes.isEmpty
    if hasForeignPass { flags.insert(.foreignPass) }
    if !outcome.reported.passesDMARC, !hasForeignPass, outcome.ownSignatures.isEmpty, flow.declared.knownSender == nil {
      flags.insert(.unauthenticated)
    }
    if flow.declared.knownSender != nil || (flow.sourceFacts.spf.map { $0.isAuthorised && !$0.isShared } ?? false) {
      flags.insert(.authorised)
    }
    let source = traits(flow)
    let selectors = flags.contains(.dkimAligned) ? outcome.alignedSelectors.map { selectorNames.number(of: $0) } : []
    flows.append(
      FlowTraits(
        source: flow.source, infrastructure: source.infrastructure,
        envelope: outcome.envelopeOrganisation.map { keys.number(of: RuleFacts.originKey(envelope: $0)) } ?? -1,
        from: froms.number(of: outcome.from?.name ?? ""), firstSelector: selectors.first ?? -1,
        secondSelector: selectors.count > 1 ? selectors[1] : -1, volume: volume(flow, source, flags),
        statement: statement(flow),
        flags: flags))
    while sourceFlags.count <= Int(flow.source) { sourceFlags.append([]) }
    sourceFlags[Int(flow.source)].formUnion(flags.intersection([.spfAligned, .foreignPass]))
  }

  private func traits(_ flow: HistoricFlow) -> SourceTraits {
    let index = Int(flow.source)
    while sourceTraits.count <= index { sourceTraits.append(nil) }
    if let known = sourceTraits[index] { return known }
    let host =
      context.table.entry(for: flow.address) ?? flow.sourceFacts.fcrdnsName.flatMap(context.table.entry(for:))
    let traits = SourceTraits(
      infrastructure: keys.number(of: flow.sourceFacts.infrastructure(of: flow.address)),
      operatorName: host.flatMap { $0.kind == .hosting ? nil : $0.operatorName })
    sourceTraits[index] = traits
    return traits
  }

  private func statement(_ flow: HistoricFlow) -> Int32 {
    guard trustPolicy != .everyone else { return 0 }
    let statement = Statement(source: flow.source, outcomeID: flow.outcomeID)
    if let known = statements[statement] { return known }
    let number = Int32(statements.count)
    statements[statement] = number
    return number
  }

  /// Mail of one infrastructure is counted together; that of an operator with many customers by outcome, which tells them apart.
  private func volume(_ flow: HistoricFlow, _ source: SourceTraits, _ flags: FlowTraits.Flags) -> Int32 {
    // What the receiver explains itself needs no other explanation, and does not make the rest look like more.
    let kind = flags.intersection([.dkimAligned, .passes, .attested]).rawValue
    var volume = Volume.infrastructure(source.infrastructure, kind: kind)
    if let name = source.operatorName { volume = .outcome(flow.outcomeID, operatorName: name) }
    if let known = volumes[volume] { return known }
    let number = Int32(volumes.count)
    volumes[volume] = number
    return number
  }

  /// Takes in messages of a flow on a UTC day.
  /// - Parameters:
  ///   - organisation: number of the organisation that reports it; nil if it is not believed.
  ///   - teller: the same, whether it is believed or not; nil if the report is contested.
  public func addDay(
    flow: Int, day: Int64, reporter: Int64, messages: Int64, organisation: Int64? = nil,
    reportingOrganisation: Int64? = nil
  ) {
    let trustedOrganisation = organisation.map { Int32(clamping: $0) } ?? -1
    let reportingOrganisation = (reportingOrganisation ?? organisation).map { Int32(clamping: $0) } ?? -1
    days.append(
      Day(
        flow: Int32(flow), day: Int32(clamping: day), reporter: Int32(clamping: reporter), messages: messages,
        trustedOrganisation: trustedOrganisation, reportingOrganisation: reportingOrganisation))
  }

  /// Names the reporters by the numbers used with ``addDay(flow:day:reporter:messages:organisation:reportingOrganisation:)``, and whom passing mail went to.
  public func complete(reporters: [Int64: String], recipients: [String]) {
    // Only those who reported on this organisation: with many reporters and many organisations, the rest would be most of the work.
    for id in Set(days.map(\.reporter)) { reporterNames[id] = reporters[Int64(id)] }
    correspondents = Set(recipients.compactMap(DomainName.init).compactMap { context.organisations.domain(of: $0) })
    countReportingOrganisations()
    summary = HistorySummary(self)
  }

  /// Number of volumes that flows are counted by.
  var volumeCount: Int { volumes.count }

  /// Whether SPF was seen to authorise a source: receivers found aligned passes from it. It counts as shared where the same
  /// source also passes for others, or belongs to an operator with many customers.
  func observedSPF(_ flow: FlowTraits, host: InfrastructureEntry?) -> SPFAuthorisation? {
    let flags = sourceFlags[Int(flow.source)]
    guard flags.contains(.spfAligned) else { return nil }
    return SPFAuthorisation(isAuthorised: true, isShared: flags.contains(.foreignPass) || host?.kind.isShared ?? false)
  }
}
