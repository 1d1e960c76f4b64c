import DMARC

/// Rules for messages with aligned DKIM only that were sent directly, rather than forwarded or replayed.
extension RuleEngine {
  static let directRules: [Rule] = [declaredSource, coherentProvider, usualOrigin]

  static func direct(
    _ facts: RuleFacts, _ confidence: Confidence, flagged: Bool = false, issues: [Issue]? = nil,
    _ why: @escaping @Sendable () -> Evidence
  ) -> Ruling {
    .holds(
      Finding(.aligned, .dkimOnly, confidence, flagged: flagged, issues: issues ?? facts.envelopeIssues) {
        [facts.survivingSignature, why()]
      })
  }

  private static let declaredSource = Rule(.r4a) { facts in
    guard facts.isDeclared else { return .no(.notDeclared, facts.sourceValues) }
    // A surviving signature does not tell where the messages come from.
    let isElsewhere =
      facts.operatorFacts.isKnownBySignatureOnly && !facts.isOwnAddress && !facts.isExclusivelyAuthorised
      && !facts.hasOwnHostName && !facts.selectorsWithOrigins.isEmpty && facts.originSelector == nil
    guard !isElsewhere else { return .no(.signatureIsNoPlace, facts.selectorValues) }
    return direct(facts, .high) { facts.declaration }
  }

  private static let coherentProvider = Rule(.r4b) { facts in
    let signers = facts.outcome.foreignSignatures.compactMap { facts.context.table.entry(for: $0) }.filter {
      $0.kind == .esp
    }
    guard let signer = signers.first else { return .no(.noSecondSignature) }
    let envelopes = facts.outcome.foreignEnvelopes.compactMap { facts.context.table.entry(for: $0)?.operatorName }
    guard let provider = signers.first(where: { envelopes.contains($0.operatorName) }) else {
      return .no(.envelopeOfAnother, ["provider": signer.operatorName])
    }
    return direct(facts, .high) { Evidence(.providerCoherent, ["provider": provider.operatorName]) }
  }

  private static let usualOrigin = Rule(.r4c) { facts in
    guard !facts.selectorsWithOrigins.isEmpty else {
      guard facts.isUsualOriginOfOurs else { return .no(.originsUnknown, facts.selectorValues) }
      return direct(facts, .medium) { Evidence(.usualHost, ["infrastructure": facts.infrastructure]) }
    }
    guard let (name, _) = facts.originSelector else { return .no(.notAnOrigin, facts.selectorValues) }
    return direct(facts, .high) {
      Evidence(.selectorOrigin, ["selector": name, "infrastructure": facts.infrastructure])
    }
  }
}

extension RuleFacts {
  var sourceValues: [String: String] { ["source": "\(flow.source)"] }

  /// The evidence that the source is declared.
  var declaration: Evidence {
    if let sender {
      let fact: Evidence.Fact =
        switch sender.kind {
        case .own: .declaredOwn
        case .service: .declaredService
        case .gateway: .declaredGateway
        case .forwarder: .declaredForwarder
        }
      return Evidence(fact, ["name": sender.name])
    }
    if isOwnAddress { return Evidence(.ownAddress, sourceValues) }
    if hasOwnHostName, !isExclusivelyAuthorised {
      return Evidence(
        .ownHostName, ["host": (source.ownHost?.name ?? source.fcrdnsName)?.name ?? "", "source": "\(flow.source)"])
    }
    if let path = source.spf?.path {
      return Evidence(.spfAuthorised, ["source": "\(flow.source)", "path": path])
    }
    return Evidence(.spfObserved, sourceValues)
  }

  /// The values for texts about the current selector, its history and its usual origins.
  var selectorValues: [String: String] {
    let name = outcome.alignedSelectors.first ?? outcome.ownSelectors.first ?? "?"
    let known = selector(name)
    return [
      "selector": name, "messages": "\(known?.messages ?? 0)", "needed": "\(thresholds.originMessages)",
      "origins": Self.originText(known?.origins ?? []), "infrastructure": infrastructure,
    ]
  }

  static func originText(_ origins: Set<String>) -> String {
    let names = Set(origins.map { $0.hasPrefix("spf:") ? String($0.dropFirst(4)) : $0 }).sorted()
    return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }
}
