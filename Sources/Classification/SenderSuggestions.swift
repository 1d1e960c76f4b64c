package import DMARC
package import Store
package import Verdict

/// Suggests known senders: stable sources that are aligned through SPF, and services that sign with a key of the domain.
package struct SenderSuggestions {
  /// A suggested known sender and the reason.
  package struct Suggestion {
    /// The sender to declare.
    package var sender: KnownSender
    /// The number of messages.
    package var messages: Int64
    /// The number of days with messages.
    package var days: Int64
    /// The number of reporters.
    package var reporters: Int64
    /// The number of known reporters (organisations that are trusted on their own).
    package var knownReporters: Int64
    /// The reason as a phrase.
    package var reason: String
  }

  /// The minimum numbers of days and messages of a stable source.
  static let minDays = 3
  static let minMessages: Int64 = 20

  private struct Evidence {
    var messages: Int64 = 0
    var days: Set<Int64> = []
    var reporters: Set<Int64> = []
    var organisations: Set<Int64> = []
    var knownOrganisations: Set<Int64> = []
    var placingOrganisations: Set<Int64> = []
    var policyDomains: Set<String> = []
    var spfAligned: Int64 = 0
    var dkimAligned: Int64 = 0
    var sender: SenderEvidence

    init(_ organisations: Organisations) { sender = SenderEvidence(organisations) }

    /// Adds a flow.
    /// - Parameter onlyKnown: whether only messages in reports of known reporters count, because there are such reporters.
    mutating func add(_ flow: StreamFlow, onlyKnown: Bool) {
      let count = onlyKnown ? flow.believed.messages : flow.messages
      messages += count
      days.formUnion(flow.days)
      reporters.formUnion(flow.reporters)
      organisations.formUnion(flow.organisations)
      knownOrganisations.formUnion(flow.believed.organisations)
      placingOrganisations.formUnion(flow.placingOrganisations)
      if flow.outcome.evaluatedSPF == .pass { spfAligned += count }
      if flow.outcome.evaluatedDKIM == .pass { dkimAligned += count }
      sender.add(flow.source, host: flow.host.flatMap(DomainName.init))
      sender.add(flow.outcome, messages: count, verdict: .aligned)
      policyDomains.insert(flow.policyDomain)
    }

    /// Adds the evidence of another address of the same pool.
    mutating func add(_ other: Evidence) {
      messages = messages.addingClamped(other.messages)
      days.formUnion(other.days)
      reporters.formUnion(other.reporters)
      organisations.formUnion(other.organisations)
      knownOrganisations.formUnion(other.knownOrganisations)
      placingOrganisations.formUnion(other.placingOrganisations)
      policyDomains.formUnion(other.policyDomains)
      spfAligned = spfAligned.addingClamped(other.spfAligned)
      dkimAligned = dkimAligned.addingClamped(other.dkimAligned)
      sender.add(other.sender)
    }

    var isStable: Bool { days.count >= minDays && messages >= minMessages }

    var reportedBy: String {
      knownOrganisations.isEmpty
        ? "reported by \(organisations.count) organisations"
        : "reported by \(knownOrganisations.count) known organisations"
    }
  }

  private let context: ClassificationContext
  private let reporters: ReportDatabase.ReporterCounts
  private let propose: (SenderEvidence) -> DeclarationProposal?
  /// The known reporters by policy domain.
  private var knownOrganisations: [String: Set<Int64>] = [:]
  private var hosts: [IPAddress: Evidence] = [:]
  private var services: [DomainName: Evidence] = [:]

  /// Creates an empty set of suggestions.
  /// - Parameters:
  ///   - context: what verdicts rest on besides reports.
  ///   - reporters: the numbers of reporters; if any are known, only these count.
  ///   - propose: how sources with this evidence are declared; nil if they have nothing in common.
  package init(
    _ context: ClassificationContext, _ reporters: ReportDatabase.ReporterCounts,
    propose: @escaping (SenderEvidence) -> DeclarationProposal?
  ) {
    self.context = context
    self.reporters = reporters
    self.propose = propose
  }

  /// Adds known reporters of policy domains, in place of their flows that are not added.
  package mutating func note(_ believed: [String: Set<Int64>]) {
    knownOrganisations.merge(believed) { $0.union($1) }
  }

  /// Adds a flow. Flows of known senders and flows with a verdict other than `aligned` are ignored.
  package mutating func add(_ flow: StreamFlow) {
    knownOrganisations[flow.policyDomain, default: []].formUnion(flow.believed.organisations)
    guard flow.verdict == Verdict.aligned.rawValue, flow.knownSender == nil, !flow.isUnknownIP else { return }
    if flow.outcome.evaluatedSPF == .pass {
      hosts[flow.source, default: Evidence(context.ruleContext.organisations)].add(flow, onlyKnown: reporters.known > 0)
    } else if let domain = serviceDomain(flow) {
      services[domain, default: Evidence(context.ruleContext.organisations)].add(flow, onlyKnown: reporters.known > 0)
    }
  }

  private func isSufficient(_ evidence: Evidence) -> Bool { evidence.isStable && isSupported(evidence) }

  /// Whether enough reporters support the evidence. Anyone can send reports under any name by email, so two known reporters are required, or
  /// one if only one reports on the domain. If none is known, two organisations are required whose reports were supplied as files, unless
  /// most reports arrive by email, because the files may then be saved attachments.
  private func isSupported(_ evidence: Evidence) -> Bool {
    guard reporters.known == 0 else {
      let reporting = evidence.policyDomains.map { knownOrganisations[$0]?.count ?? 0 }.max() ?? 0
      return evidence.knownOrganisations.count >= max(1, min(2, reporting))
    }
    return !reporters.isMostlyMail && evidence.placingOrganisations.count >= 2
  }

  /// The domain of a service that signs for the organisation and uses its own envelope domain; nil for mailbox providers, where anyone can
  /// have an account.
  private func serviceDomain(_ flow: StreamFlow) -> DomainName? {
    let envelope = flow.outcome.spf.first { $0.result == .pass && $0.scope != "helo" }?.domain.flatMap(DomainName.init)
    guard let envelope, let owner = context.ruleContext.organisations.domain(of: envelope) else { return nil }
    guard !context.ruleContext.table.isFreemail(envelope) else { return nil }
    let kind = context.ruleContext.table.entry(for: envelope)?.kind
    return kind == nil || kind == .esp ? owner : nil
  }

  /// The suggestions, with the most messages first.
  package func suggestions() -> [Suggestion] {
    let own = pools().filter(isSufficient).compactMap { evidence -> Suggestion? in
      let count = evidence.sender.addresses.count
      let signed = evidence.dkimAligned > 0 ? "SPF and DKIM aligned" : "SPF aligned"
      return suggestion(
        evidence,
        "\(signed) in \(evidence.messages) messages on \(evidence.days.count) days"
          + (count > 1 ? " from \(count) addresses" : "")
          + ", \(evidence.reportedBy): SPF authorises \(count > 1 ? "them" : "it") for your own domain")
    }
    let services = services.filter { isSufficient($0.value) }.compactMap { domain, evidence -> Suggestion? in
      suggestion(
        evidence,
        "your signature passes in \(evidence.messages) messages on \(evidence.days.count) days from "
          + "\(evidence.sender.addresses.count) addresses, always with an envelope domain of \(domain), \(evidence.reportedBy)"
      )
    }
    return (own + services).sorted { ($1.messages, $0.sender.name) < ($0.messages, $1.sender.name) }
  }

  private func suggestion(_ evidence: Evidence, _ reason: String) -> Suggestion? {
    guard let proposal = propose(evidence.sender) else { return nil }
    return Suggestion(
      sender: proposal.sender, messages: evidence.messages, days: Int64(evidence.days.count),
      reporters: Int64(evidence.reporters.count), knownReporters: Int64(evidence.knownOrganisations.count),
      reason: reason)
  }

  /// From this many addresses on, those of a /24 are one sender.
  private static let leastInNetwork = 3

  /// The addresses by operator or network, as far as one declaration covers them; the others one by one.
  private func pools() -> [Evidence] {
    let organisations = context.ruleContext.organisations
    let groups = Dictionary(grouping: hosts) { address, evidence in
      evidence.sender.hosts.first.map { "*.\(organisations.domain(of: $0) ?? $0)" }
        ?? CIDR(address, length: address.isIPv6 ? 64 : 24)?.description ?? "\(address)"
    }
    return groups.flatMap { key, members -> [Evidence] in
      let singles = members.map(\.value)
      let least = key.hasPrefix("*") || key.contains(":") ? 2 : Self.leastInNetwork
      guard singles.count >= least else { return singles }
      // In a fixed order, so that equal stores give equal proposals.
      let ordered = members.sorted { "\($0.key)" < "\($1.key)" }.map(\.value)
      var pool = ordered[0]
      for member in ordered.dropFirst() { pool.add(member) }
      return propose(pool.sender) == nil ? singles : [pool]
    }
  }

  /// The command that declares a sender; nil if one of its domains is not a valid domain name.
  package static func command(_ sender: KnownSender) -> ShellCommand? { sender.declaringCommand }
}
