import DMARC
import Verdict

extension SetupPlan {
  // MARK: Senders

  private static let mostCandidates = 10

  /// Who sends mail for the domain: senders that the operator named, those that are published, and others that reports
  /// show.
  var sendersStep: SetupStep {
    let hosts = published.spf.root.terms.filter(\.namesHosts)
    let isKnown = !answers.networks.isEmpty || !reading.services.isEmpty || !hosts.isEmpty
    var step = SetupStep(.senders, isKnown ? .done : .open)
    if !isLookedUp { step.say(.notLookedUp) }
    if !isKnown { step.say(.noSenders, ["domain": domain.name]) }
    if !answers.networks.isEmpty {
      step.say(.ownServers, ["networks": answers.networks.map { "\($0)" }.joined(separator: ", ")])
    }
    if !reading.services.isEmpty {
      step.say(.services, ["services": reading.services.map(\.name).joined(separator: ", ")])
    }
    if !hosts.isEmpty { step.say(.published, ["terms": hosts.map(\.text).joined(separator: " ")]) }
    for stream in (mail?.streams(.undecided) ?? []).prefix(Self.mostCandidates) {
      step.say(
        .candidate,
        ["name": stream.name, "messages": "\(stream.messages)", "verdict": stream.verdict, "advice": stream.advice])
    }
    return step
  }

  // MARK: Reports

  /// The mailbox for reports, and the agreement of its domain if that belongs to another organisation (RFC 7489 §7.1).
  var reportsStep: SetupStep {
    var step = SetupStep(.reports, .unknown)
    guard let mailbox = reading.mailbox else {
      step.state = .open
      step.say(.mailboxMissing, ["domain": domain.name])
      return step
    }
    // What counts is whether reports would arrive with the planned record.
    step.findings = reading.planned.findings.filter {
      [.dmarcReportsUnauthorised, .dmarcReportsNoMail].contains($0.code) && $0.values["tag"] == "rua"
    }
    let isForeign = mailbox.domain != organisation && !mailbox.domain.isEqualOrUnder(organisation)
    let values = ["mailbox": "\(mailbox)", "domain": domain.name, "receiver": mailbox.domain.name]
    if answers.mailbox == nil, published.discovery.own == nil { step.say(.mailboxUsual, values) }
    step.say(isForeign ? .mailboxForeign : .mailboxOwn, values)
    if isForeign, let name = domain.publishable, let host = mailbox.domain.publishable,
      let owner = RecordOwner(reportsOn: name, at: host)
    {
      step.records = [ProposedRecord(owner, "v=DMARC1")]
    }
    if isLookedUp {
      let isLost = step.findings.contains { $0.code == .dmarcReportsNoMail }
      step.state = isLost ? .wrong : step.findings.isEmpty ? .done : .open
    } else {
      step.findings = []
    }
    return step
  }

  // MARK: SPF

  /// The single SPF record: everything that is published, and the senders that are missing.
  var spfStep: SetupStep {
    let text = published.spf.root.text
    let findings = findings("spf-") { $0.severity != .note && $0.code != .spfMissing }
    let merge = reading.merge
    let isAsPlanned = merge?.added.isEmpty == true
    var step = SetupStep(.spf, state(isThere: text != nil, isAsPlanned: isAsPlanned, findings))
    // What counts is how many lookups the planned record needs, not the published one.
    step.findings = findings.filter { $0.code != .spfLookUps }
    let cost = reading.planned.spf.root.cost
    let tooMany = reading.planned.findings.first { $0.code == .spfLookUps }
    if step.state != .done { step.records = record(reading.spf) }
    step.say(step.state == .done ? .spfCost : .spfPublish, ["cost": "\(cost)", "most": "\(SPFTree.mostLookUps)"])
    if let added = merge?.added, !added.isEmpty, text != nil {
      step.say(.spfAdds, ["terms": added.joined(separator: " ")])
    }
    for dropped in merge?.dropped ?? [] where step.state != .done {
      step.say(.spfDrops, ["term": dropped.term, "cause": dropped.reason.rawValue])
    }
    if isLookedUp, tooMany != nil {
      if step.state == .done { step.state = .wrong }
      let terms = reading.planned.spf.root.terms.filter { $0.totalCost > 0 }.map { "\($0.text) (\($0.totalCost))" }
      step.say(
        .spfTooMany, ["cost": "\(cost)", "most": "\(SPFTree.mostLookUps)", "terms": terms.joined(separator: ", ")])
    }
    for unused in self.findings("spf-", { $0.code == .spfIncludeUnused }) {
      step.say(.spfUnused, unused.values)
    }
    if let shorter = tooMany?.proposals.first, isLookedUp {
      step.say(.spfWithoutUnused)
      step.records.append(shorter)
    }
    if step.state == .open { step.say(.spfOnlyOne) }
    return step
  }

  // MARK: DMARC

  /// The first DMARC record, which makes reports start.
  var dmarcStep: SetupStep {
    let discovery = published.discovery
    let findings = findings("dmarc-") {
      ![.dmarcMissing, .dmarcReportsUnauthorised, .dmarcReportsNoMail, .dmarcInherited].contains($0.code)
        && $0.severity == .error
    }
    if isLookedUp, isInherited, findings.isEmpty {
      var step = SetupStep(.dmarc, .done)
      let parent = (discovery.applied ?? discovery.appliedByList)?.domain.name ?? ""
      step.say(.dmarcInherited, ["domain": domain.name, "parent": parent])
      return step
    }
    let own = discovery.own.flatMap { PolicyRecord(published: $0.text) }
    let isAsPlanned = own?.text == reading.dmarc
    var step = SetupStep(.dmarc, state(isThere: own != nil || !findings.isEmpty, isAsPlanned: isAsPlanned, findings))
    step.findings = findings
    if step.state != .done { step.records = policy(reading.dmarc) }
    if own == nil {
      step.say(.dmarcPublish, ["domain": domain.name])
    } else if step.state == .open, let mailbox = reading.mailbox {
      step.say(.dmarcAddsMailbox, ["mailbox": "\(mailbox)"])
    } else if step.state == .done, let policy = own?["p"] {
      step.say(.dmarcStays, ["policy": policy])
    }
    return step
  }

  /// Whether the domain has no DMARC record and that of a parent applies.
  var isInherited: Bool {
    published.discovery.own == nil && (published.discovery.applied ?? published.discovery.appliedByList) != nil
  }
}
