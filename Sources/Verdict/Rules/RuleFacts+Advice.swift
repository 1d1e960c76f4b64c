import DMARC

extension RuleFacts {
  /// The advice for `verdict.subtype`: its code, with the names, records and the command for its text.
  ///
  /// Names that DNS cannot publish are marked, so that no record or command with them is proposed.
  /// - Parameters:
  ///   - isFlagged: whether the source needs review.
  ///   - proposal: how to declare the source, if more is known about it than these facts say.
  func advice(
    _ verdict: String, isFlagged: Bool, _ cache: ProposedRecordCache? = nil, proposal: DeclarationProposal? = nil
  ) -> Evidence {
    var values = adviceValues(verdict)
    let code = adviceCode(verdict, isFlagged: isFlagged)
    values["command"] = command(code, proposal).map { "`\($0)`" }
    let offer = cache?.offer(values) ?? .init(ProposedRecords(values))
    for (key, text) in offer.texts { values[key] = text }
    return Evidence(code: "advice.\(code)", values, unpublishable: offer.unpublishable)
  }

  /// The advice for a verdict. Mail that passes by another identifier still needs its broken key mended.
  private func adviceCode(_ verdict: String, isFlagged: Bool) -> String {
    // Evaluation and list agree if the organisation is another one.
    if verdict == "receiver-error.inconsistent-report", hasUncertainOrganisation { return verdict + ".psd" }
    if isFlagged, verdict.hasPrefix("aligned."), brokenKey == nil { return "aligned.review" }
    if isFlagged, verdict == "forwarded.dkim-survived" { return "forwarded.review" }
    if isFlagged, isProbablyOwn(verdict) { return "own-misconfigured.probable" }
    let isBroken = verdict == "own-misconfigured.dkim-broken"
    guard isBroken || verdict.hasPrefix("aligned."), let key = brokenKey else { return verdict }
    let name = isBroken ? verdict : "aligned.broken-key"
    return key.selector?.isEmpty ?? true ? name + "-unnamed" : name
  }

  /// Whether the first question is if the source is the owner's at all.
  private func isProbablyOwn(_ verdict: String) -> Bool {
    verdict.hasPrefix("own-misconfigured.") && !isDeclared && !isSenderRelay
      && !verdict.hasSuffix(".shared-infrastructure") && !verdict.hasSuffix(".cross-domain")
  }

  /// An own signature that does not verify, with a key that verifies on none of these messages.
  private var brokenKey: DKIMResult? {
    outcome.ownSignatures.first { signature in
      ![.pass, .temperror, .unknown].contains(signature.result ?? .none)
        && !outcome.ownSignatures.contains {
          $0.result == .pass && AlignedOutcome.selectorName($0) == AlignedOutcome.selectorName(signature)
        }
    }
  }

  /// The signature that the advice is about: the one that fails, not simply the first.
  private func signature(_ verdict: String) -> DKIMResult? {
    let own = outcome.ownSignatures
    let signature: DKIMResult? =
      switch verdict {
      case "own-misconfigured.dkim-permerror": own.first { $0.result == .permerror }
      case "receiver-error.temperror": own.first { Self.isTemporary($0.result) }
      case "dkim-replay-suspected.burst", "dkim-replay-suspected.volume":
        outcome.alignedSignatures.first { history.selectorDays[AlignedOutcome.selectorName($0)] != nil }
          ?? outcome.alignedSignatures.first
      default: brokenKey
      }
    return signature ?? own.first
  }

  private func adviceValues(_ verdict: String) -> [String: String] {
    let signature = signature(verdict)
    return [
      "from": fromName, "organisation": outcome.organisation?.name ?? fromName, "source": "\(flow.source)",
      "selector": signature?.selector ?? outcome.foreignSignatures.first.map { _ in "selector1" } ?? "s1",
      "signer": signature?.domain ?? fromName,
      "envelope": adviceEnvelope, "service": inSentence(serviceName.text), "relay": inSentence(relayName.text),
      "mechanism": "\(SPFTerm(flow.source))",
      "policy": inSentence(outcome.policy.domain ?? fromName),
      "path": inSentence(source.spf?.path ?? "\(fromName)"), "host": inSentence(hostText),
    ]
  }

  /// A name without backticks, which delimit commands and records in sentences.
  private func inSentence(_ name: String) -> String { name.utf8.contains(0x60) ? name.replacing("`", with: "'") : name }

  private var adviceEnvelope: String {
    outcome.ownEnvelopes.first?.domain ?? outcome.foreignEnvelopes.first?.name ?? fromName
  }

  /// The name of a sender: one that the operator chose, or a domain.
  private enum SenderName {
    case label(String)
    case domain(DomainName)
    case address(IPAddress)

    var text: String {
      switch self {
      case .label(let text): text
      case .domain(let domain): domain.name
      case .address(let address): "\(address)"
      }
    }
  }

  private var hostName: SenderName { source.fcrdnsName.map(SenderName.domain) ?? .address(flow.source) }

  private var serviceName: SenderName {
    if let name = sender?.name ?? servicePass?.entry.operatorName { return .label(name) }
    if let domain = foreignPasses.first { return .domain(domain) }
    return host.map { .label($0.operatorName) } ?? hostName
  }

  private var relayName: SenderName {
    if let relay { return .label(relay.name) }
    return foreignPasses.first.map(SenderName.domain) ?? hostName
  }

  /// The command that the advice proposes; nil if there is none, or if a name in it is not valid.
  private func command(_ verdict: String, _ proposal: DeclarationProposal?) -> ShellCommand? {
    func ask(_ question: [ShellWord], _ domain: String) -> ShellCommand? {
      DomainName(domain)?.publishable.map { ShellCommand(["dmarcstat"] + question + [ShellWord($0)]) }
    }
    return switch verdict {
    case "forwarded-modified.forwarder", "mailing-list.pattern", "misaligned-service.esp",
      "misaligned-service.other-org", "unknown-unauthenticated.foreign-identity",
      "unknown-unauthenticated.nothing-passes", "unknown-unauthenticated.undecided", "own-misconfigured.probable",
      "aligned.review", "forwarded.review":
      (proposal ?? self.proposal(verdict))?.command
    case "own-misconfigured.spf-permerror": ask(["senders", "spf"], adviceEnvelope)
    case "unknown-unauthenticated.spoof-suspected": ask(["readiness"], fromName)
    default: nil
    }
  }

  /// How to declare the source, as far as this flow shows.
  private func proposal(_ verdict: String) -> DeclarationProposal? {
    var evidence = SenderEvidence(context.organisations)
    evidence.add(flow.source, host: source.fcrdnsName)
    let word = verdict.split(separator: ".").first.map(String.init) ?? ""
    evidence.add(reported, messages: max(1, flow.messages), verdict: Verdict(rawValue: word))
    return DeclarationProposal(evidence, context, hasOtherOrganisations: false)
  }
}
