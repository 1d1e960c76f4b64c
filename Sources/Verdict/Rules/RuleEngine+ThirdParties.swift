import DMARC

/// Rules for failing messages that neither an own server nor a relay explains: authenticated by a third party, or not at all.
extension RuleEngine {
  static let thirdPartyRules: [Rule] = [
    asItself, resender, foreignIdentity, sharedInfrastructure, ownNetwork, unidentifiedRelay, nobody,
  ]

  /// R17: a service, a free mailbox provider or another organisation authenticates as itself.
  private static let asItself = Rule(.r17) { facts in
    guard !facts.foreignPasses.isEmpty else { return .no(.nothingForeignPasses) }
    if let similar = facts.lookAlike { return .no(.lookAlike, ["domain": similar.name]) }
    let days = facts.history.identity?.days ?? facts.history.source?.activeDays ?? 0
    let messages = facts.history.identity?.messages ?? facts.history.source?.messages ?? 0
    let reporters = facts.history.identity?.reporters ?? facts.history.source?.reporters ?? 0
    let issues = facts.brokenOwnSignature != nil ? [Issue.dkimBroken] : []
    let seen = { @Sendable in
      Evidence(
        .seen,
        [
          "days": FlowFacts.text(days, isEstimated: facts.history.source?.isEstimated ?? false),
          "messages": "\(messages)",
        ])
    }
    if let service = facts.servicePass {
      let isKnown = facts.brokenKnownSelector != nil
      let isSure = isKnown || (days >= 3 && messages >= 10)
      // Needs review until the operator declares it, unless an own selector usually comes from here.
      return .holds(
        Finding(
          .misalignedService, .esp, isSure ? .medium : .low, flagged: !facts.isOriginOfBrokenSelector, issues: issues,
          authenticity: facts.isOriginOfBrokenSelector ? .likely : .unproven
        ) {
          [
            Evidence(
              .serviceAsItself,
              ["domain": service.domain.name, "provider": service.entry.operatorName, "from": facts.fromName])
          ]
            + (facts.isOriginOfBrokenSelector ? [Evidence(.originOfBroken, facts.selectorValues)] : [])
            + facts.brokenSignatureEvidence + (days > 0 ? [seen()] : [])
        })
    }
    if let mailbox = facts.foreignPasses.first(where: facts.context.table.isFreemail) {
      return .holds(
        Finding(
          .misalignedService, .sendAs, days >= 3 ? .medium : .low, flagged: true, issues: issues,
          authenticity: .unproven
        ) { [Evidence(.freemail, ["domain": mailbox.name, "from": facts.fromName])] + (days > 0 ? [seen()] : []) })
    }
    // A known operator has a pool of addresses for all its customers.
    let isOfKnownOperator = facts.foreignPasses.contains { facts.context.table.entry(for: $0) != nil }
    if let identity = facts.history.identity, facts.isSpread(identity), !isOfKnownOperator {
      return .no(.spread, ["places": "\(identity.places)", "days": "\(identity.days)"])
    }
    let isBrief = facts.history.identity.map { $0.days < 10 && $0.span < 14 } ?? false
    guard days >= 5, reporters >= 2, !isBrief else {
      return .no(.notRecurring, ["days": "\(days)", "domain": facts.foreignPasses.first?.name ?? ""])
    }
    return .holds(
      Finding(.misalignedService, .otherOrg, .low, flagged: true, issues: issues, authenticity: .unproven) {
        facts.passingEvidence + [seen()]
      })
  }

  private static let resender = Rule(.r18) { facts in
    guard !facts.foreignPasses.isEmpty else { return .no(.nothingForeignPasses) }
    let domain = facts.foreignPasses.first { domain in
      facts.history.correspondents.contains { facts.context.organisations.areRelated(domain, $0) }
    }
    guard let domain else { return .no(.noCorrespondent) }
    guard facts.flow.messages <= 5 else { return .no(.tooManyToResend, ["messages": facts.flow.messagesText]) }
    return .holds(
      Finding(.forwardedModified, .resender, .low, flagged: true, authenticity: .unproven) {
        [Evidence(.correspondent, ["domain": domain.name])]
      })
  }

  private static let foreignIdentity = Rule(.r19) { facts in
    guard !facts.foreignPasses.isEmpty else { return .no(.nothingForeignPasses) }
    return .holds(
      Finding(.unknownUnauthenticated, .foreignIdentity, .medium, flagged: true) {
        facts.passingEvidence + facts.lookAlikeEvidence + [Evidence(.nobodyDeclared)]
      })
  }

  private static let sharedInfrastructure = Rule(.r20) { facts in
    guard facts.isAuthorisedAsOneOfMany else { return .no(.notShared) }
    let hasTrace = !facts.outcome.ownSignatures.isEmpty || !facts.outcome.ownEnvelopes.isEmpty
    return .holds(
      Finding(
        .ownMisconfigured, .sharedInfrastructure, hasTrace ? .medium : .low, flagged: !hasTrace,
        authenticity: hasTrace ? .likely : .unproven
      ) {
        [Evidence(.spfShared, ["path": facts.source.spf?.path ?? "SPF"])] + facts.brokenSignatureEvidence
      })
  }

  /// R23: the own address record leads here, the SPF record authorises neighbours of the address, or it works like an own server: probably it
  /// is one.
  private static let ownNetwork = Rule(.r23) { facts in
    let fault = facts.fault
    if let host = facts.source.ownHost {
      return .holds(
        Finding(.ownMisconfigured, fault.subtype, .medium, flagged: true, authenticity: .likely) {
          [Evidence(.ownAddressRecord, ["source": "\(facts.flow.source)", "host": host.name.name]), fault.evidence]
        })
    }
    guard facts.history.authorisedNeighbours > 0 else {
      guard facts.isSteadySource, facts.worksLikeAnOwnServer else { return .no(.noNeighbours, facts.sourceValues) }
      return .holds(
        Finding(.ownMisconfigured, fault.subtype, .low, flagged: true, authenticity: .unproven) {
          [Evidence(.workingDays, facts.failingValues), fault.evidence]
        })
    }
    return .holds(
      Finding(.ownMisconfigured, fault.subtype, .medium, flagged: true, authenticity: .likely) {
        [
          Evidence(
            .neighbours,
            ["source": "\(facts.flow.source)", "neighbours": "\(facts.history.authorisedNeighbours)"]),
          fault.evidence,
        ]
      })
  }

  private static let unidentifiedRelay = Rule(.r21) { facts in
    guard facts.brokenKnownSelector != nil else { return .no(.noKnownSelectorBroken) }
    guard facts.flow.messages <= facts.thresholds.smallMessages else {
      return .no(
        .brokenTooMany, ["messages": facts.flow.messagesText, "small": "\(facts.thresholds.smallMessages)"])
    }
    return .holds(
      Finding(.forwardedModified, .unidentifiedRelay, .low, flagged: true, authenticity: .unproven) {
        facts.brokenSignatureEvidence + [Evidence(.hostUnknown, ["source": "\(facts.flow.source)"])]
      })
  }

  private static let nobody = Rule(.r22) { facts in
    let nothing = facts.nothingEvidence
    // In old databases, an empty result of nothing is `unknown`, too.
    let results =
      facts.reported.dkim.lazy.filter { $0.domain?.isEmpty == false }.compactMap(\.result)
      + facts.reported.spf.lazy.filter { $0.domain?.isEmpty == false }.compactMap(\.result)
    if let error = results.first(where: { $0 == .temperror }) ?? results.first(where: \.isAmbiguous) {
      return .holds(
        Finding(.unknownUnauthenticated, .undecided, .low, flagged: true) {
          nothing + [error == .temperror ? Evidence(.temperrorSomewhere) : facts.ambiguity(error)]
        })
    }
    if facts.isSteadySource {
      return .holds(
        Finding(.unknownUnauthenticated, .undecided, .low, flagged: true) {
          nothing + [Evidence(.steadySource, facts.failingValues)]
        })
    }
    let addresses = facts.history.campaignAddresses ?? 0
    if facts.flow.messages >= facts.thresholds.spoofMessages || addresses >= facts.thresholds.spoofAddresses {
      return .holds(
        Finding(.unknownUnauthenticated, .spoofSuspected, facts.listsResults ? .high : .medium, flagged: true) {
          nothing + [Evidence(.campaign, ["messages": facts.flow.messagesText, "addresses": "\(max(addresses, 1))"])]
        })
    }
    let isOwnEnvelope =
      !facts.outcome.ownEnvelopes.isEmpty
      || (facts.outcome.envelopes.isEmpty
        && facts.reported.envelopeFrom.flatMap(DomainName.init).map { name in
          facts.outcome.from.map { facts.context.organisations.areRelated(name, $0) } ?? false
        } ?? false)
    if facts.hardlySigns, isOwnEnvelope {
      return .holds(
        Finding(.unknownUnauthenticated, .undecided, .low, flagged: true) {
          nothing + [Evidence(.hardlySigns, facts.signValues)]
        })
    }
    return .holds(Finding(.unknownUnauthenticated, .nothingPasses, .medium, flagged: true) { nothing })
  }
}
