package import DMARC

/// Where the reports on a domain go: the part of ``DomainCheck`` that decides whether reports can arrive. Like it, it makes no DNS
/// queries and collects its questions.
package struct ReportingCheck: Sendable {
  /// The domain.
  package let domain: DomainName
  /// The record that applies; nil if there is none.
  package let record: DMARCRecordText?
  /// What keeps reports from arriving, and the records to publish instead.
  package let findings: [RecordFinding]
  /// The mail addresses of `rua`, in lower case.
  package let addresses: [String]
  /// Whether no name server answered for the domain's own records.
  package let isUnanswered: Bool
  /// The questions whose answers are missing; the rest is complete only if there are none.
  package let missing: Set<DNSQuestion>

  /// Checks a domain.
  /// - Parameter answers: returns the answer to a question, or nil if it is not known yet.
  package init(
    _ domain: DomainName, organisations: Organisations, answers: @escaping (DNSQuestion) -> DNSAnswer?
  ) {
    var lookUps = RecordLookUps(answers)
    var list = FindingList()
    self.domain = domain
    let discovery = PolicyDiscovery(domain, organisations, &lookUps)
    DMARCCheck(domain: domain, discovery: discovery, organisations: organisations, isParked: false, acceptsMail: true)
      .run(&list, &lookUps)
    let record = discovery.applied ?? discovery.appliedByList
    self.record = record
    findings = list.findings.filter { Self.codes.contains($0.code) && $0.values["tag"] != "ruf" }
    addresses = (record?["rua"]).map(ReportMailbox.list) ?? []
    isUnanswered = !lookUps.failed.isEmpty
    missing = lookUps.missing
  }

  /// The findings that are about reports.
  private static let codes: Set<RecordFinding.Code> = [
    .dmarcMissing, .dmarcMisplaced, .dmarcSeveral, .dmarcVersion, .dmarcNoReports, .dmarcURISyntax, .dmarcURIScheme,
    .dmarcReportsUnauthorised, .dmarcReportsNoMail,
  ]
}
