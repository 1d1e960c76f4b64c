import DMARC
import Verdict

extension SetupPlan {
  /// The steps for a domain that sends no mail, so that nobody can send in its name.
  var parkedSteps: [SetupStep] {
    [parkedSPFStep, nullExchangeStep] + revokedKeySteps + (answers.mailbox == nil ? [] : [reportsStep])
      + [parkedPolicyStep]
  }

  private var parkedSPFStep: SetupStep {
    let root = published.spf.root
    let findings = findings("spf-") { $0.severity == .error && $0.code != .spfMissing }
    let isAsPlanned = root.text?.lowercased().split(separator: " ") == ["v=spf1", "-all"]
    var step = SetupStep(.spf, state(isThere: root.text != nil, isAsPlanned: isAsPlanned, findings))
    step.findings = findings
    guard step.state != .done else { return step }
    step.records = record(reading.spf)
    step.say(.spfParked, ["domain": domain.name])
    for term in root.terms where term.text.lowercased() != "-all" {
      step.say(.spfDrops, ["term": term.text, "cause": "parked"])
    }
    return step
  }

  /// A domain that sends no mail may still receive some. If it has no mail servers, it publishes a null MX record
  /// (RFC 7505).
  private var nullExchangeStep: SetupStep {
    guard isLookedUp, let exchanges = published.exchanges else { return SetupStep(.mx, .unknown) }
    var step = SetupStep(.mx, .done)
    step.findings = findings("mx-") { $0.severity == .error }
    if !step.findings.isEmpty { step.state = .wrong }
    if exchanges.isEmpty {
      step.state = .open
      step.records = domain.publishable.map { [ProposedRecord(nullExchangeOf: $0)] } ?? []
      step.say(.mxNull, ["domain": domain.name])
    } else if exchanges != [""] {
      step.say(.mxAccepts, ["hosts": exchanges.joined(separator: ", ")])
    }
    return step
  }

  /// The step that revokes keys, with which someone could still sign.
  private var revokedKeySteps: [SetupStep] {
    let keys = published.keys.filter { $0.key != nil }
    guard isLookedUp, !keys.isEmpty else { return [] }
    var step = SetupStep(.dkim, .open)
    step.say(.keyRevoked, ["names": keys.map(\.owner).joined(separator: ", ")])
    step.records = keys.compactMap { key in
      guard key.aliases.isEmpty, let name = key.selector.domain.publishable else { return nil }
      return RecordOwner(selector: key.selector.selector, of: name).map { ProposedRecord($0, "v=DKIM1; p=") }
    }
    return [step]
  }

  private var parkedPolicyStep: SetupStep {
    let findings = findings("dmarc-") {
      $0.severity == .error && ![.dmarcMissing, .dmarcReportsUnauthorised, .dmarcReportsNoMail].contains($0.code)
    }
    let own = published.discovery.own.flatMap { PolicyRecord(published: $0.text) }
    let parent = (published.discovery.applied ?? published.discovery.appliedByList)?.subdomainPolicy
    if isLookedUp, isInherited, findings.isEmpty, parent == "reject" {
      var step = SetupStep(.reject, .done)
      step.say(
        .dmarcInherited,
        ["domain": domain.name, "parent": published.discovery.applied?.domain.name ?? organisation.name])
      return step
    }
    var step = SetupStep(
      .reject, state(isThere: own != nil || !findings.isEmpty, isAsPlanned: own?.text == reading.dmarc, findings))
    step.findings = findings
    guard step.state != .done else { return step }
    step.records = policy(reading.dmarc)
    step.say(.dmarcParked, ["domain": domain.name])
    return step
  }
}
