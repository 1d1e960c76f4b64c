import DMARC

extension RuleFacts {
  /// The advice for `verdict.subtype`: its code, with the names, records and the command for its text.
  ///
  /// Names that DNS cannot publish are marked, so that no record or command with them is proposed.
  func advice(_ verdict: String, isFlagged: Bool, _ cache: ProposedRecordCache? = nil) -> Evidence {
    var values = adviceValues
    // Whether it is the owner's is the first question.
    let isProbable =
      isFlagged && !isDeclared && !isSenderRelay && verdict.hasPrefix("own-misconfigured.")
      && !verdict.hasSuffix(".shared-infrastructure") && !verdict.hasSuffix(".cross-domain")
    values["command"] = command(isProbable ? "own-misconfigured.probable" : verdict).map { "`\($0)`" }
    let offer = cache?.offer(values) ?? .init(ProposedRecords(values))
    for (key, text) in offer.texts { values[key] = text }
    // Evaluation and list agree if the organisation is another one.
    let isUncertain = verdict == "receiver-error.inconsistent-report" && hasUncertainOrganisation
    let code = isUncertain ? "\(verdict).psd" : isProbable ? "own-misconfigured.probable" : verdict
    return Evidence(code: "advice.\(code)", values, unpublishable: offer.unpublishable)
  }

  private var adviceValues: [String: String] {
    let signature = outcome.ownSignatures.first
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

    /// The name as a word of a command; nil for a domain that is not a valid name.
    var word: ShellWord? {
      switch self {
      case .label(let text): ShellWord(text) ?? "NAME"
      case .domain(let domain): domain.publishable.map { ShellWord($0) }
      case .address(let address): ShellWord(address)
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
  private func command(_ verdict: String) -> ShellCommand? {
    let source = ShellWord(flow.source)
    func declare(_ name: ShellWord?, _ kind: ShellWord, _ option: ShellWord, _ match: ShellWord?) -> ShellCommand? {
      guard let name, let match else { return nil }
      return ShellCommand(["dmarcstat", "senders", "add", name, "--kind", kind, option, match])
    }
    func ask(_ question: [ShellWord], _ domain: String) -> ShellCommand? {
      DomainName(domain)?.publishable.map { ShellCommand(["dmarcstat"] + question + [ShellWord($0)]) }
    }
    let passing = foreignPasses.first?.publishable.map { ShellWord($0) }
    return switch verdict {
    case "forwarded-modified.forwarder", "mailing-list.pattern":
      declare(relayName.word, "forwarder", "--address", source)
    case "misaligned-service.esp": declare(serviceName.word, "service", "--address", source)
    case "misaligned-service.other-org": declare(serviceName.word, "service", "--domain", passing)
    case "unknown-unauthenticated.foreign-identity": declare("NAME", "service", "--domain", passing)
    case "unknown-unauthenticated.nothing-passes", "unknown-unauthenticated.undecided", "own-misconfigured.probable":
      declare("NAME", "own", "--address", source)
    case "own-misconfigured.spf-permerror": ask(["senders", "spf"], adviceEnvelope)
    case "unknown-unauthenticated.spoof-suspected": ask(["readiness"], fromName)
    default: nil
    }
  }
}
