package import DMARC
package import Store
import Verdict

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
    var sources: Set<IPAddress> = []
    var hosts: Set<String> = []
    var names: Set<String> = []

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
      sources.insert(flow.source)
      if let host = flow.host { hosts.insert(host) }
      policyDomains.insert(flow.policyDomain)
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
  /// The known reporters by policy domain.
  private var knownOrganisations: [String: Set<Int64>] = [:]
  private var hosts: [IPAddress: Evidence] = [:]
  private var services: [DomainName: Evidence] = [:]

  /// Creates an empty set of suggestions.
  /// - Parameter reporters: the numbers of reporters; if any are known, only these count.
  package init(_ context: ClassificationContext, _ reporters: ReportDatabase.ReporterCounts) {
    self.context = context
    self.reporters = reporters
  }

  /// Adds a flow. Flows of known senders and flows with a verdict other than `aligned` are ignored.
  package mutating func add(_ flow: StreamFlow) {
    knownOrganisations[flow.policyDomain, default: []].formUnion(flow.believed.organisations)
    guard flow.verdict == Verdict.aligned.rawValue, flow.knownSender == nil, !flow.isUnknownIP else { return }
    if flow.outcome.evaluatedSPF == .pass {
      hosts[flow.source, default: Evidence()].add(flow, onlyKnown: reporters.known > 0)
    } else if let domain = serviceDomain(flow) {
      services[domain, default: Evidence()].add(flow, onlyKnown: reporters.known > 0)
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
    let own = hosts.filter { isSufficient($0.value) }.map { address, evidence -> Suggestion in
      let hosts = evidence.hosts.compactMap { DomainName($0)?.publishable?.name }
      let name = hosts.min() ?? "\(address)"
      let signed = evidence.dkimAligned > 0 ? "SPF and DKIM aligned" : "SPF aligned"
      return Suggestion(
        sender: KnownSender(
          name: name, kind: .own, networks: CIDR(address, length: address.bitWidth).map { [$0] } ?? []),
        messages: evidence.messages, days: Int64(evidence.days.count), reporters: Int64(evidence.reporters.count),
        knownReporters: Int64(evidence.knownOrganisations.count),
        reason:
          "\(signed) in \(evidence.messages) messages on \(evidence.days.count) days, \(evidence.reportedBy): "
          + "SPF authorises it for your own domain"
      )
    }
    let services = services.filter { isSufficient($0.value) }.map { domain, evidence -> Suggestion in
      let name = context.ruleContext.table.entry(for: domain)?.operatorName ?? domain.name
      return Suggestion(
        sender: KnownSender(name: name, kind: .service, domains: [domain]), messages: evidence.messages,
        days: Int64(evidence.days.count), reporters: Int64(evidence.reporters.count),
        knownReporters: Int64(evidence.knownOrganisations.count),
        reason:
          "your signature passes in \(evidence.messages) messages on \(evidence.days.count) days from \(evidence.sources.count) "
          + "addresses, always with an envelope domain of \(domain), \(evidence.reportedBy)")
    }
    return (own + services).sorted { ($1.messages, $0.sender.name) < ($0.messages, $1.sender.name) }
  }

  /// The command that declares a sender; nil if one of its domains is not a valid domain name.
  package static func command(_ sender: KnownSender) -> ShellCommand? {
    var words: [ShellWord] = ["dmarcstat", "senders", "add", ShellWord(sender.name) ?? "NAME", "--kind"]
    words.append(ShellWord(sender.kind))
    for network in sender.networks { words += ["--address", ShellWord(network)] }
    for domain in sender.domains {
      guard let domain = domain.publishable else { return nil }
      words += ["--domain", ShellWord(domain)]
    }
    return ShellCommand(words)
  }
}

extension ShellWord {
  fileprivate init(_ kind: KnownSender.Kind) {
    self =
      switch kind {
      case .own: "own"
      case .service: "service"
      case .gateway: "gateway"
      case .forwarder: "forwarder"
      }
  }
}
