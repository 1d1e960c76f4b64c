import DMARC
import Store
import Verdict

/// Proposes known senders from history: stable, aligned, and in SPF or with a signature of ours by a known path.
package struct SenderSuggestions {
  /// A proposed declaration and why.
  package struct Suggestion {
    package var sender: KnownSender
    package var messages: Int64
    package var days: Int64
    package var reporters: Int64
    /// Organisations behind it that are known here: believed by themselves.
    package var knownReporters: Int64
    package var reason: String
  }

  /// Days and messages from which on a source counts as stable.
  static let leastDays = 3
  static let leastMessages: Int64 = 20

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

    /// - Parameter onlyKnown: only messages that known reporters tell of count, because there are some.
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

    var isStable: Bool { days.count >= leastDays && messages >= leastMessages }

    var standing: String {
      knownOrganisations.isEmpty
        ? "reported by \(organisations.count) organisations"
        : "reported by \(knownOrganisations.count) known organisations"
    }
  }

  private let context: ClassificationContext
  private let reporters: ReportDatabase.ReporterCounts
  /// By policy domain, the organisations that are known here and report on it.
  private var knownOrganisations: [String: Set<Int64>] = [:]
  private var hosts: [IPAddress: Evidence] = [:]
  private var services: [DomainName: Evidence] = [:]

  /// - Parameter reporters: who reports; if organisations are believed by themselves, only they count.
  package init(_ context: ClassificationContext, _ reporters: ReportDatabase.ReporterCounts) {
    self.context = context
    self.reporters = reporters
  }

  /// Takes in a flow; what is declared already, or judged anything but aligned, proposes nothing.
  package mutating func add(_ flow: StreamFlow) {
    knownOrganisations[flow.policyDomain, default: []].formUnion(flow.believed.organisations)
    guard flow.verdict == Verdict.aligned.rawValue, flow.knownSender == nil, !flow.isUnknownIP else { return }
    if flow.outcome.evaluatedSPF == .pass {
      hosts[flow.source, default: Evidence()].add(flow, onlyKnown: reporters.known > 0)
    } else if let domain = serviceDomain(flow) {
      services[domain, default: Evidence()].add(flow, onlyKnown: reporters.known > 0)
    }
  }

  private func isSound(_ evidence: Evidence) -> Bool { evidence.isStable && isSupported(evidence) }

  /// Anybody can send reports by mail, under any name. So it takes two organisations that are known here, or the only one that is known
  /// and reports on the domain; if none is, two whose reports somebody has put here. Where most reports come by mail, files may well be
  /// saved attachments.
  private func isSupported(_ evidence: Evidence) -> Bool {
    guard reporters.known == 0 else {
      let most = evidence.policyDomains.map { knownOrganisations[$0]?.count ?? 0 }.max() ?? 0
      return evidence.knownOrganisations.count >= max(1, min(2, most))
    }
    return !reporters.isMostlyMail && evidence.placingOrganisations.count >= 2
  }

  /// The domain of a service that signs for us and uses its own envelope. Mailbox providers are none: anybody has an account there.
  private func serviceDomain(_ flow: StreamFlow) -> DomainName? {
    let envelope = flow.outcome.spf.first { $0.result == .pass && $0.scope != "helo" }?.domain.flatMap(DomainName.init)
    guard let envelope, let owner = context.ruleContext.organisations.domain(of: envelope) else { return nil }
    let kind = context.ruleContext.table.entry(for: envelope)?.kind
    return kind == nil || kind == .esp ? owner : nil
  }

  /// The proposals, most messages first.
  package func suggestions() -> [Suggestion] {
    let own = hosts.filter { isSound($0.value) }.map { address, evidence -> Suggestion in
      let hosts = evidence.hosts.compactMap { DomainName($0)?.publishable?.name }
      let name = hosts.min() ?? "\(address)"
      let signed = evidence.dkimAligned > 0 ? "SPF and DKIM aligned" : "SPF aligned"
      return Suggestion(
        sender: KnownSender(
          name: name, kind: .own, networks: CIDR(address, length: address.bitWidth).map { [$0] } ?? []),
        messages: evidence.messages, days: Int64(evidence.days.count), reporters: Int64(evidence.reporters.count),
        knownReporters: Int64(evidence.knownOrganisations.count),
        reason:
          "\(signed) in \(evidence.messages) messages on \(evidence.days.count) days, \(evidence.standing): "
          + "SPF authorises it for your own domain"
      )
    }
    let services = services.filter { isSound($0.value) }.map { domain, evidence -> Suggestion in
      let name = context.ruleContext.table.entry(for: domain)?.operatorName ?? domain.name
      return Suggestion(
        sender: KnownSender(name: name, kind: .service, domains: [domain]), messages: evidence.messages,
        days: Int64(evidence.days.count), reporters: Int64(evidence.reporters.count),
        knownReporters: Int64(evidence.knownOrganisations.count),
        reason:
          "your signature passes in \(evidence.messages) messages on \(evidence.days.count) days from \(evidence.sources.count) "
          + "addresses, always with an envelope of \(domain), \(evidence.standing)")
    }
    return (own + services).sorted { ($1.messages, $0.sender.name) < ($0.messages, $1.sender.name) }
  }

  /// The command that declares a sender; nil if a domain of it is not a valid domain name.
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
