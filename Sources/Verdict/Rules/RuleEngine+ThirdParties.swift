import DMARC

/// Rules for failing messages that neither an own server nor a relay explains: authenticated by a third party, or not at all.
extension RuleEngine {
  static let thirdPartyRules: [Rule] = [
    asItself, resender, foreignIdentity, sharedInfrastructure, unidentifiedRelay, nobody,
  ]

  /// R17: a service, a free mailbox provider or another organisation authenticates as itself.
  private static let asItself = Rule("R17") { facts in
    guard !facts.foreignPasses.isEmpty else { return .no("nothing-foreign-passes") }
    let days = facts.history.source?.activeDays ?? 0
    let messages = facts.history.source?.messages ?? 0
    let issues = facts.brokenOwnSignature != nil ? ["dkim-broken"] : []
    let seen = Evidence("SEEN", ["days": "\(days)", "messages": "\(messages)"])
    if let service = facts.servicePass {
      let isKnown = facts.brokenKnownSelector != nil
      let isSure = isKnown || (days >= 3 && messages >= 10)
      // Needs review until the operator declares it, unless an own selector usually comes from here.
      return .holds(
        Finding(
          .misalignedService, "esp", isSure ? .medium : .low, flagged: !facts.isOriginOfBrokenSelector, issues: issues,
          authenticity: facts.isOriginOfBrokenSelector ? .likely : .unproven
        ) {
          [
            Evidence(
              "SERVICE_AS_ITSELF",
              ["domain": service.domain.name, "provider": service.entry.operatorName, "from": facts.fromName])
          ]
            + (facts.isOriginOfBrokenSelector ? [Evidence("ORIGIN_OF_BROKEN", facts.selectorValues)] : [])
            + facts.brokenSignatureEvidence + (days > 0 ? [seen] : [])
        })
    }
    if let mailbox = facts.foreignPasses.first(where: facts.context.table.isFreemail) {
      return .holds(
        Finding(
          .misalignedService, "send-as", days >= 3 ? .medium : .low, flagged: true, issues: issues,
          authenticity: .unproven
        ) { [Evidence("FREEMAIL", ["domain": mailbox.name, "from": facts.fromName])] + (days > 0 ? [seen] : []) })
    }
    guard days >= 5, facts.history.source?.reporters ?? 0 >= 2 else {
      return .no("not-recurring", ["days": "\(days)", "domain": facts.foreignPasses.first?.name ?? ""])
    }
    return .holds(
      Finding(.misalignedService, "other-org", .low, flagged: true, issues: issues, authenticity: .unproven) {
        facts.passingEvidence + [seen]
      })
  }

  private static let resender = Rule("R18") { facts in
    guard !facts.foreignPasses.isEmpty else { return .no("nothing-foreign-passes") }
    let domain = facts.foreignPasses.first { domain in
      facts.history.correspondents.contains { facts.context.organisations.areRelated(domain, $0) }
    }
    guard let domain else { return .no("no-correspondent") }
    guard facts.flow.messages <= 5 else { return .no("too-many-to-resend", ["messages": "\(facts.flow.messages)"]) }
    return .holds(
      Finding(.forwardedModified, "resender", .low, flagged: true, authenticity: .unproven) {
        [Evidence("CORRESPONDENT", ["domain": domain.name])]
      })
  }

  private static let foreignIdentity = Rule("R19") { facts in
    guard !facts.foreignPasses.isEmpty else { return .no("nothing-foreign-passes") }
    return .holds(
      Finding(.unknownUnauthenticated, "foreign-identity", .medium, flagged: true) {
        facts.passingEvidence + [Evidence("NOBODY_DECLARED")]
      })
  }

  private static let sharedInfrastructure = Rule("R20") { facts in
    guard facts.isAuthorisedAsOneOfMany else { return .no("not-shared") }
    let hasTrace = !facts.outcome.ownSignatures.isEmpty || !facts.outcome.ownEnvelopes.isEmpty
    return .holds(
      Finding(
        .ownMisconfigured, "shared-infrastructure", hasTrace ? .medium : .low, flagged: !hasTrace,
        authenticity: hasTrace ? .likely : .unproven
      ) {
        [Evidence("SPF_SHARED", ["path": facts.source.spf?.path ?? "SPF"])] + facts.brokenSignatureEvidence
      })
  }

  private static let unidentifiedRelay = Rule("R21") { facts in
    guard facts.brokenKnownSelector != nil else { return .no("no-known-selector-broken") }
    guard facts.flow.messages <= facts.thresholds.smallMessages else {
      return .no(
        "broken-too-many", ["messages": "\(facts.flow.messages)", "small": "\(facts.thresholds.smallMessages)"])
    }
    return .holds(
      Finding(.forwardedModified, "unidentified-relay", .low, flagged: true, authenticity: .unproven) {
        facts.brokenSignatureEvidence + [Evidence("HOST_UNKNOWN", ["source": "\(facts.flow.source)"])]
      })
  }

  private static let nobody = Rule("R22") { facts in
    let nothing = Evidence("NOTHING_PASSES", ["from": facts.fromName])
    if facts.reported.dkim.contains(where: { RuleFacts.isTemporary($0.result) })
      || facts.reported.spf.contains(where: { RuleFacts.isTemporary($0.result) })
    {
      return .holds(
        Finding(.unknownUnauthenticated, "undecided", .low, flagged: true) {
          [nothing, Evidence("TEMPERROR_SOMEWHERE")]
        })
    }
    let addresses = facts.history.campaignAddresses ?? 0
    if facts.flow.messages >= facts.thresholds.spoofMessages || addresses >= facts.thresholds.spoofAddresses {
      return .holds(
        Finding(.unknownUnauthenticated, "spoof-suspected", .high, flagged: true) {
          [nothing, Evidence("CAMPAIGN", ["messages": "\(facts.flow.messages)", "addresses": "\(max(addresses, 1))"])]
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
        Finding(.unknownUnauthenticated, "undecided", .low, flagged: true) {
          [nothing, Evidence("HARDLY_SIGNS", facts.signValues)]
        })
    }
    return .holds(Finding(.unknownUnauthenticated, "nothing-passes", .medium, flagged: true) { [nothing] })
  }
}
