package import DMARC
package import Verdict

/// The findings about what a domain publishes, and about what it would publish with its planned records.
///
/// It makes no DNS queries. If answers are missing, it continues as far as possible and collects the questions, as `DomainCheck` does.
package struct SetupReading: Sendable {
  /// The check of the published records.
  package let published: DomainCheck
  /// The planned SPF record; nil for a domain that sends no mail.
  package let merge: SPFMerge?
  /// The texts of the planned SPF and DMARC records.
  package let spf, dmarc: String
  /// The mailbox for reports; nil if the domain has none and could not have one.
  package let mailbox: ReportMailbox?
  /// The services that the operator names, or that the records of the domain show.
  package let services: [MailService]
  /// The check with the planned records in place.
  package let planned: DomainCheck
  /// The questions that still lack an answer; everything else is complete only if this is empty.
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

  /// The answers as they would be if the planned records were published.
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

  /// The published SPF record; if there are several, or its version is wrong, the corrected one.
  private static func tree(
    _ published: DomainCheck, _ check: (@escaping (DNSQuestion) -> DNSAnswer?) -> DomainCheck,
    _ look: @escaping (DNSQuestion) -> DNSAnswer?
  ) -> SPFTree {
    let broken = published.findings.first { [.spfSeveral, .spfVersion].contains($0.code) }
    guard let text = broken?.proposals.first?.value else { return published.spf }
    return check(overlay(published.domain, spf: text, dmarc: nil, look)).spf
  }

  /// The services that the operator names, then those that the domain's own records show: includes, and mail servers of
  /// providers that send as well as receive.
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

  /// The mailbox that receives reports already, or else the usual one if the domain accepts mail.
  private static func usualMailbox(_ published: DomainCheck) -> ReportMailbox? {
    let rua = (published.discovery.applied ?? published.discovery.appliedByList)?["rua"]
    if let rua, let first = ReportMailbox.list(rua).first { return ReportMailbox(first) }
    let accepts = published.exchanges.map { !$0.isEmpty && $0 != [""] } ?? false
    return accepts ? ReportMailbox(usualOf: published.domain) : nil
  }

  /// The published DMARC record, or the correction that `check domain` proposes, with the mailbox added; a first record
  /// has `p=none`.
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
