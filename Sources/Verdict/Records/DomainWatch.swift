package import DMARC

/// The watched records that a domain publishes now: the DMARC record that applies, the agreement of report receivers,
/// DKIM keys, and MX, MTA-STS and TLS-RPT records. The SPF record is watched with its expansion: see
/// ``WatchedRecord/init(_:)``.
///
/// It makes no DNS queries: like ``DomainCheck``, it collects open questions. Records that no name server answers for
/// are left out, because no answer says nothing about a record.
package struct DomainWatch: Sendable {
  /// A DKIM key whose record is watched.
  package struct Key: Sendable, Hashable {
    /// The signing domain.
    package var domain: DomainName
    package var selector: String

    /// Creates a key.
    package init(domain: DomainName, selector: String) { (self.domain, self.selector) = (domain, selector) }
  }

  /// The records that could be looked up.
  package private(set) var records: [WatchedRecord] = []
  /// The questions that still lack an answer; the records are complete only if this is empty.
  package private(set) var missing: Set<DNSQuestion> = []

  private let domain: DomainName
  private let organisations: Organisations

  /// The maximum number of domains that receive reports.
  private static let mostReceivers = 10
  private static let mostExchanges = 20

  /// Looks at a policy domain.
  /// - Parameters:
  ///   - keys: the keys to look at.
  ///   - answers: returns the answer to a question, or nil if it is not known yet.
  package init(
    _ domain: DomainName, keys: [Key], organisations: Organisations, answers: @escaping (DNSQuestion) -> DNSAnswer?
  ) {
    (self.domain, self.organisations) = (domain, organisations)
    guard let name = domain.publishable else { return }
    var lookUps = RecordLookUps(answers)
    addPolicy(name, &lookUps)
    for key in keys { add(key, &lookUps) }
    addExchanges(&lookUps)
    addText(.mtaSTS, "_mta-sts", "STSv1", &lookUps)
    addText(.tlsReports, "_smtp._tls", "TLSRPTv1", &lookUps)
    missing = lookUps.missing
  }

  private mutating func addPolicy(_ name: PublishableName, _ lookUps: inout RecordLookUps) {
    guard let owner = RecordOwner(policyOf: name)?.name else { return }
    guard let answer = lookUps.ask(owner, .txt), answer.status != .failure else { return }
    let question = DNSQuestion(owner, .txt)
    let own = answer.values.compactMap { DMARCRecordText($0, of: domain) }
    if own.count > 1 {
      let texts = own.map(\.text).sorted().joined(separator: "\n")
      records.append(WatchedRecord(.dmarc, domain.name, at: owner, state: DMARCState.several, text: texts, question))
    } else if let record = own.first {
      records.append(WatchedRecord(.dmarc, domain.name, at: owner, state: record.text, question))
      addReceivers(record, &lookUps)
    } else {
      let discovery = PolicyDiscovery(domain, organisations, &lookUps)
      guard lookUps.failed.isEmpty, lookUps.missing.isEmpty else { return }
      let parent = discovery.applied ?? discovery.appliedByList
      records.append(
        WatchedRecord(
          .dmarc, domain.name, at: owner, state: parent.map { DMARCState.inherited + $0.owner }, text: parent?.text,
          question))
    }
  }

  private mutating func addReceivers(_ record: DMARCRecordText, _ lookUps: inout RecordLookUps) {
    let tags = TagList(record.text)
    var receivers: [DomainName] = []
    for tag in ["rua", "ruf"].compactMap({ tags[$0] }) {
      for receiver in ReportAddress.list(tag.value, from: 1).compactMap(\.domain)
      where !receivers.contains(receiver) && !organisations.areRelated(receiver, domain) {
        receivers.append(receiver)
      }
    }
    for receiver in receivers.prefix(Self.mostReceivers) {
      guard let host = receiver.publishable, let name = domain.publishable,
        let owner = RecordOwner(reportsOn: name, at: host)?.name, let answer = lookUps.ask(owner, .txt),
        answer.status != .failure
      else { continue }
      let isAgreed = answer.values.contains { TagList($0).begins(with: "v", "DMARC1") }
      records.append(
        WatchedRecord(
          .reportAuthorisation, domain.name, at: owner, state: isAgreed ? "v=DMARC1" : nil, DNSQuestion(owner, .txt)))
    }
  }

  private mutating func add(_ key: Key, _ lookUps: inout RecordLookUps) {
    guard let name = key.domain.publishable,
      let owner = RecordOwner(selector: key.selector.lowercased(), of: name)?.name,
      let answer = lookUps.ask(owner, .txt), answer.status != .failure
    else { return }
    let state = KeyState(answer.values)
    records.append(
      WatchedRecord(
        .dkim, key.domain.name, at: owner, state: state?.stored,
        text: state == nil ? nil : answer.values.sorted().joined(separator: "\n"), DNSQuestion(owner, .txt)))
  }

  private mutating func addExchanges(_ lookUps: inout RecordLookUps) {
    guard let answer = lookUps.ask(domain.name, .mx), answer.status != .failure else { return }
    let hosts = Set(answer.values.map { $0.lowercased() }).sorted()
    let shown = hosts.prefix(Self.mostExchanges).joined(separator: ", ")
    records.append(
      WatchedRecord(
        .mx, domain.name, at: domain.name, state: hosts.isEmpty ? nil : shown, DNSQuestion(domain.name, .mx)))
  }

  private mutating func addText(
    _ kind: RecordKind, _ prefix: String, _ version: String, _ lookUps: inout RecordLookUps
  ) {
    let owner = "\(prefix).\(domain.name)"
    guard let answer = lookUps.ask(owner, .txt), answer.status != .failure else { return }
    // A wildcard may answer with any text.
    let texts = answer.values.filter { TagList($0).begins(with: "v", version) }.sorted()
    records.append(
      WatchedRecord(
        kind, domain.name, at: owner, state: texts.isEmpty ? nil : texts.joined(separator: "\n"),
        DNSQuestion(owner, .txt)))
  }
}
