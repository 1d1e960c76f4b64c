package import DMARC
package import Verdict

/// What is published for a domain, and what would be found if the records of its plan were.
///
/// It makes no DNS queries. If answers are missing, it continues as far as possible and collects the questions, as `DomainCheck` does.
package struct SetupReading: Sendable {
  /// What is published.
  package let published: DomainCheck
  /// The SPF record of the plan; nil for a domain that sends no mail.
  package let merge: SPFMerge?
  /// The texts of the SPF and DMARC records of the plan.
  package let spf, dmarc: String
  /// The mailbox for reports; nil if the domain has none and could not have one.
  package let mailbox: ReportMailbox?
  /// The services that are named, or that the records of the domain name.
  package let services: [MailService]
  /// What would be found with the records of the plan.
  package let planned: DomainCheck
  /// The questions whose answers are missing; the rest is complete only if there are none.
  package let missing: Set<DNSQuestion>

  /// - Parameters:
  ///   - use: what stored reports say about the mail of the domain; nil if none were looked at.
  ///   - look: returns the answer to a question, or nil if it is not known yet.
  package init(
    _ answers: SetupAnswers, use: DomainUse?, organisations: Organisations,
    answers look: @escaping (DNSQuestion) -> DNSAnswer?
  ) {
    let domain = answers.domain
    let selectors = answers.selectors + answers.services.flatMap { $0.selectors + $0.tried }
    func check(_ look: @escaping (DNSQuestion) -> DNSAnswer?) -> DomainCheck {
      DomainCheck(domain, selectors: selectors, use: use, organisations: organisations, answers: look)
    }
    let published = check(look)
    self.published = published
    let tree = Self.tree(published, check, look)
    services = Self.services(answers, tree.root, published.exchanges ?? [])
    mailbox = answers.mailbox ?? Self.usualMailbox(published)
    merge = answers.sendsMail ? SPFMerge(tree, adding: Self.terms(answers, services, tree, published.snapshot)) : nil
    spf = merge?.text ?? "v=spf1 -all"
    dmarc = Self.dmarc(answers, published, mailbox)
    let overlay = Self.overlay(domain, spf: spf, dmarc: dmarc, look)
    planned = published.missing.isEmpty ? check(overlay) : published
    missing = published.missing.union(planned.missing)
  }

  /// The answers as they would be if the records of the plan were published.
  private static func overlay(
    _ domain: DomainName, spf: String, dmarc: String?, _ look: @escaping (DNSQuestion) -> DNSAnswer?
  ) -> (DNSQuestion) -> DNSAnswer? {
    let (own, policy) = (DNSQuestion(domain.name, .txt), DNSQuestion("_dmarc.\(domain.name)", .txt))
    return { question in
      if question == own {
        let others = (look(question)?.values ?? []).filter { !$0.lowercased().hasPrefix("v=spf1") }
        return DNSAnswer(.found, others + [spf])
      }
      if question == policy, let dmarc { return DNSAnswer(.found, [dmarc]) }
      return look(question)
    }
  }

  /// The published SPF record; if there are several, or its version is wrong, the one that corrects that.
  private static func tree(
    _ published: DomainCheck, _ check: (@escaping (DNSQuestion) -> DNSAnswer?) -> DomainCheck,
    _ look: @escaping (DNSQuestion) -> DNSAnswer?
  ) -> SPFTree {
    let broken = published.findings.first { [.spfSeveral, .spfVersion].contains($0.code) }
    guard let text = broken?.proposals.first?.value else { return published.spf }
    return check(overlay(published.domain, spf: text, dmarc: nil, look)).spf
  }

  /// The services that are named, then those that the domain's own records name: its includes, and mail servers of providers that send as
  /// well as receive.
  private static func services(
    _ answers: SetupAnswers, _ root: SPFTree.Node, _ exchanges: [String]
  ) -> [MailService] {
    let includes = root.terms.flatMap { $0.nodes.map(\.name) }
    let recognised = MailService.all.filter { service in
      includes.contains(where: service.matches)
        || (service.envelope == .own && exchanges.contains(where: service.matches))
    }
    var seen: Set<String> = []
    return (answers.services + (answers.sendsMail ? recognised : [])).filter { seen.insert($0.id).inserted }
  }

  /// The senders that the record does not authorise yet.
  private static func terms(
    _ answers: SetupAnswers, _ services: [MailService], _ tree: SPFTree, _ snapshot: SPFSnapshot?
  ) -> [SPFTerm] {
    let networks = answers.networks.filter { network in
      !(snapshot?.ranges ?? []).contains { range in
        !range.isEverybody && !range.isOnlyMeant && range.network.length <= network.length
          && range.network.contains(network.network)
      }
    }
    let names = Set(tree.root.allTerms().flatMap { $0.term.nodes.map(\.name) })
    let includes = services.compactMap(\.spf).filter { !names.contains($0) }.compactMap { DomainName($0)?.publishable }
    return networks.map { SPFTerm($0) } + includes.map { SPFTerm(include: $0) }
  }

  /// The usual mailbox, if nothing else receives reports and the domain accepts mail.
  private static func usualMailbox(_ published: DomainCheck) -> ReportMailbox? {
    let rua = (published.discovery.applied ?? published.discovery.appliedByList)?["rua"]
    if let rua, let first = ReportMailbox.list(rua).first { return ReportMailbox(first) }
    let accepts = published.exchanges.map { !$0.isEmpty && $0 != [""] } ?? false
    return accepts ? ReportMailbox(usualOf: published.domain) : nil
  }

  /// The DMARC record as it is, or as `check domain` corrects it, with the mailbox; the first one watches only.
  private static func dmarc(_ answers: SetupAnswers, _ published: DomainCheck, _ mailbox: ReportMailbox?) -> String {
    let own = published.discovery.own?.text
    let corrected = published.findings.first { finding in
      finding.severity == .error && finding.code.rawValue.hasPrefix("dmarc-") && finding.code != .dmarcMissing
        && finding.proposals.first?.name == "_dmarc.\(published.domain.name)"
    }?.proposals.first?.value
    let base = corrected ?? own ?? "v=DMARC1; p=none"
    var record = PolicyRecord(published: base) ?? PolicyRecord(reported: [])
    if !answers.sendsMail, let stricter = PolicyRecord(published: DMARCRepair(base, stricter: "reject").text) {
      record = stricter
    }
    if let mailbox { record = record.reporting(to: mailbox) }
    return record.text
  }
}
