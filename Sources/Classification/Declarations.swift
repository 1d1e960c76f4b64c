package import DMARC
package import Store
package import Verdict

/// Proposes declarations for what is stored: the same for `unknown-senders`, `explain` and `senders suggest`.
package struct Declarations {
  private let context: ClassificationContext
  private let hasSeveralOrganisations: Bool

  /// Creates proposals for a database.
  /// - Throws: `StoreError`.
  package init(_ context: ClassificationContext, _ database: ReportDatabase) throws {
    self.context = context
    var organisations: Set<String> = []
    for (_, name) in try database.readFlows({ try $0.headerFroms() }) {
      guard organisations.count < 2, let domain = DomainName(name) else { continue }
      organisations.insert((context.ruleContext.organisations.domain(of: domain) ?? domain).name)
    }
    hasSeveralOrganisations = organisations.count > 1
  }

  /// The proposal for sources with this evidence; nil if they have nothing in common.
  package func proposal(_ evidence: SenderEvidence) -> DeclarationProposal? {
    DeclarationProposal(evidence, context.ruleContext, hasOtherOrganisations: hasSeveralOrganisations)
  }

  /// The proposal for a pool of sources that need review.
  package func proposal(_ pool: UnknownSender.Pool) -> DeclarationProposal? {
    var evidence = SenderEvidence(context.ruleContext.organisations)
    for source in pool.sources { evidence.add(source.address, host: source.host.flatMap(DomainName.init)) }
    for part in pool.parts {
      let word = part.verdict.split(separator: "/").first.map(String.init) ?? ""
      evidence.add(part.outcome, messages: part.messages, verdict: Verdict(rawValue: word))
    }
    return proposal(evidence)
  }

  /// The proposal for a source with its pool if it needs review, else for what these flows show.
  package func proposal(
    _ database: ReportDatabase, _ flows: [SourceFlow], _ filter: RecordFilter
  ) throws -> DeclarationProposal? {
    guard let largest = flows.first else { return nil }
    var everything = filter
    everything.limit = nil
    let pool = try database.unknownPool(of: largest.source, everything, severities: Verdict.severities) {
      context.ruleContext.organisations.domain(of: $0) ?? $0
    }
    if let pool { return proposal(pool) }
    var evidence = SenderEvidence(context.ruleContext.organisations)
    for flow in flows {
      evidence.add(flow.source, host: flow.host.flatMap(DomainName.init))
      var outcome = AuthenticationOutcome()
      outcome.headerFrom = flow.headerFrom ?? flow.policyDomain
      outcome.dkim = (try? StoredJSON.dkimResults(flow.dkimResults)) ?? []
      outcome.spf = (try? StoredJSON.spfResults(flow.spfResults)) ?? []
      evidence.add(outcome, messages: flow.messages, verdict: flow.verdict.flatMap(Verdict.init))
    }
    return proposal(evidence)
  }

  /// The sources that need review, with campaigns and pools folded.
  /// - Parameters: see `ReportDatabase.unknownSenders`.
  package static func unknownSenders(
    _ database: ReportDatabase, _ context: ClassificationContext, _ filter: RecordFilter, newSince: CalendarDay? = nil,
    today: CalendarDay, isFolded: Bool = true, withAcknowledged: Bool = false, after: SenderPlace? = nil,
    naming: SourceNaming? = nil, onLine: ((UnknownSender) throws -> Void)? = nil
  ) throws -> RankedSenders {
    try database.unknownSenders(
      filter, severities: Verdict.severities, newSince: newSince, today: today, isFolded: isFolded,
      withAcknowledged: withAcknowledged, after: after,
      organisation: { context.ruleContext.organisations.domain(of: $0) ?? $0 },
      asn: { context.geolocation(of: $0).asn }, naming: naming, onLine: onLine)
  }
}

extension Declarations {
  /// The sources of a subject that need review: their number, messages, and the severity of their worst verdict.
  package static func unknownSources(
    _ database: ReportDatabase, of subject: AcknowledgedSource.Subject
  ) throws -> (sources: Int, messages: Int64, severity: Int64) {
    try database.unknownSources(of: subject, severities: Verdict.severities)
  }
}

extension Verdict {
  /// The severity of each verdict, by the words that are stored, and which of them make a campaign.
  static var severities: [VerdictSeverity] {
    allCases.flatMap { verdict in
      verdict.subtypes.map { subtype in
        VerdictSeverity(
          verdict: verdict.rawValue, subtype: subtype.rawValue, severity: Int64(verdict.severity(ofSubtype: subtype)),
          campaign: verdict.campaign(ofSubtype: subtype))
      }
    }
  }

  /// Spoofing is a campaign from ten hosts a day on, as for the rules; a replay from two.
  private func campaign(ofSubtype subtype: Subtype) -> VerdictSeverity.Campaign? {
    switch (self, subtype) {
    case (.dkimReplaySuspected, _): .init(name: "replay", least: 2)
    case (.unknownUnauthenticated, .spoofSuspected), (.unknownUnauthenticated, .nothingPasses):
      .init(name: "spoofing", least: 10)
    default: nil
    }
  }
}
