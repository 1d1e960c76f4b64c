import DMARC
import Verdict

extension SetupPlan {
  /// The step for the DKIM key of the operator's own server, if there is one.
  var keySteps: [SetupStep] {
    let hosts = published.spf.root.terms.filter(\.namesHosts)
    let isNeeded =
      !answers.networks.isEmpty || !hosts.isEmpty || !answers.selectors.isEmpty || answers.publicKey != nil
    return isNeeded ? [ownKeyStep] : []
  }

  /// The selector of a new key: the one that the operator named, or one with the current year.
  private var newSelector: String { answers.selectors.first ?? "s\(today.components.year)" }

  /// Whether a key belongs to a service.
  private func isOfService(_ key: DKIMKeyFacts) -> Bool {
    reading.services.contains { isOf($0, key) } || key.selector.origin == .service
      || key.aliases.last.map { alias in MailService.all.contains { $0.matches(alias) } } ?? false
  }

  private func isOf(_ service: MailService, _ key: DKIMKeyFacts) -> Bool {
    (service.selectors + service.tried).contains(key.selector.selector.lowercased())
      || key.aliases.last.map(service.matches) ?? false
  }

  private func isOf(_ service: MailService, _ finding: RecordFinding) -> Bool {
    if let selector = finding.values["selector"]?.lowercased(), (service.selectors + service.tried).contains(selector) {
      return true
    }
    return published.keys.contains { $0.owner == finding.name && isOf(service, $0) }
  }

  private var ownKeyStep: SetupStep {
    let selectors = Set(answers.selectors.map { $0.lowercased() })
    let own = published.keys.filter { key in
      key.key != nil && !isOfService(key)
        && (selectors.isEmpty || selectors.contains(key.selector.selector.lowercased()))
    }
    let findings = findings("dkim-") { finding in
      guard finding.severity != .note, finding.code != .dkimNone else { return false }
      // A missing key is a mistake only if signatures with it have verified: the operator may name a selector before
      // making its key, and forged reports may name any selector.
      if finding.code == .dkimMissing {
        let isUsed = published.keys.contains {
          $0.owner == finding.name && $0.selector.origin == .reports && $0.selector.domain == domain
            && ($0.messages ?? 0) > 0
        }
        guard isUsed, !selectors.contains(finding.values["selector"]?.lowercased() ?? "") else { return false }
      }
      return !reading.services.contains { isOf($0, finding) }
    }
    var step = SetupStep(
      .dkim, state(isThere: !own.isEmpty || findings.contains { $0.severity == .error }, isAsPlanned: true, findings),
      subject: own.first?.selector.selector ?? newSelector)
    step.findings = findings
    if step.state == .done {
      step.say(.keyFound, ["names": own.map(\.owner).joined(separator: ", ")])
      return step
    }
    sayHow(&step)
    return step
  }

  /// Says how to make a key, and where to publish it.
  private func sayHow(_ step: inout SetupStep) {
    guard let name = domain.publishable, let owner = RecordOwner(selector: newSelector, of: name),
      let selector = ShellWord(newSelector)
    else { return }
    let values = ["selector": newSelector, "name": owner.name, "domain": domain.name]
    if let key = answers.publicKey {
      step.records = [ProposedRecord(owner, "v=DKIM1; k=rsa; p=\(key)")]
      step.say(.keySplit, values)
    } else {
      step.say(.keyMake, values)
      let file = ShellWord("\(selector.text).private") ?? "dkim.private"
      let published = ShellWord("\(selector.text).pem") ?? "dkim.pem"
      step.commands = [
        ShellCommand(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", file]),
        ShellCommand(["openssl", "pkey", "-in", file, "-pubout", "-out", published]),
        ShellCommand(["dmarcstat", "setup", ShellWord(name), "--selector", selector, "--public-key", published]),
      ].map { "\($0)" }
    }
    step.say(.keyPublish, values)
  }

  // MARK: Services

  /// One step for each service.
  var serviceSteps: [SetupStep] { reading.services.map(step) }

  private func step(_ service: MailService) -> SetupStep {
    let keys = published.keys.filter { $0.key != nil && isOf(service, $0) }
    let findings = findings("dkim-") {
      $0.severity != .note && $0.code != .dkimMissing && $0.code != .dkimNone && isOf(service, $0)
    }
    var step = SetupStep(.service, .unknown, subject: service.name)
    step.source = service.source
    step.findings = findings
    if isLookedUp {
      if findings.contains(where: { $0.severity == .error }) {
        step.state = .wrong
      } else if !keys.isEmpty {
        step.state = .done
      } else {
        step.state = service.selectors.isEmpty ? .unknown : .open
      }
    }
    let values = ["service": service.name, "domain": domain.name, "organisation": organisation.name]
    if step.state == .done {
      step.say(.serviceKeyFound, values.merging(["names": keys.map(\.owner).joined(separator: ", ")]) { $1 })
    } else {
      sayHow(service, values, &step)
    }
    return step
  }

  private func sayHow(_ service: MailService, _ values: [String: String], _ step: inout SetupStep) {
    step.records = service.records.compactMap(record)
    let hasKeys = step.records.contains { $0.name.contains("._domainkey.") }
    if let type = service.dkim {
      step.say(
        hasKeys ? .serviceFixed : .serviceDKIM, values.merging(["type": type, "place": service.place ?? ""]) { $1 })
      if !service.selectors.isEmpty, !hasKeys {
        let names = service.selectors.map { "\($0)._domainkey.\(domain.name)" }.joined(separator: ", ")
        step.say(.serviceSelectors, values.merging(["names": names]) { $1 })
      }
    } else {
      step.say(.serviceUnknown, values)
    }
    switch service.envelope {
    case .own: step.say(.serviceSPF, values.merging(["include": service.spf ?? ""]) { $1 })
    case .custom: step.say(.serviceReturnPath, values.merging(["type": service.returnPath ?? ""]) { $1 })
    case .service: step.say(.serviceEnvelope, values)
    case .unknown: break
    }
    if step.state == .unknown, isLookedUp, !service.domains.isEmpty { step.say(.serviceKeyUnknown, values) }
    if let source = service.source { step.say(.serviceDocumentation, ["source": source]) }
  }

  /// A record of a service that is the same for all customers.
  private func record(_ fixed: MailService.FixedRecord) -> ProposedRecord? {
    guard fixed.type == "CNAME", let owner = DomainName("\(fixed.name).\(domain.name)")?.publishable,
      let target = DomainName(fixed.value)?.publishable
    else { return nil }
    return ProposedRecord(alias: RecordOwner(owner), of: target)
  }
}
