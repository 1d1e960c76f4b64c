import DMARC

/// An address in `rua` or `ruf`: a URI, possibly with a size limit (RFC 7489 §6.2).
struct ReportAddress {
  enum Problem: Hashable {
    case syntax, scheme
  }

  /// As written.
  let text: String
  /// In octets from 1, in the record.
  let position: Int
  let problem: Problem?
  /// The domain of a mail address.
  let domain: DomainName?
  let hasSizeLimit: Bool
  /// The address as it must be written; nil if it is not clear what is meant.
  let repaired: String?

  /// The addresses of a list.
  static func list(_ value: String, from position: Int) -> [ReportAddress] {
    var result: [ReportAddress] = []
    var offset = 0
    for part in value.split(separator: ",", omittingEmptySubsequences: false).prefix(50) {
      let blanks = part.prefix { $0.isWhitespace }.utf8.count
      let text = String(part).trimmingBlanks
      result.append(ReportAddress(text, position + offset + blanks))
      offset += part.utf8.count + 1
    }
    return result
  }

  private init(_ text: String, _ position: Int) {
    (self.text, self.position) = (text, position)
    let parts = text.split(separator: "!", maxSplits: 1, omittingEmptySubsequences: false)
    let uri = parts.first.map(String.init) ?? ""
    hasSizeLimit = parts.count == 2
    let colon = uri.firstIndex(of: ":")
    let scheme = colon.map { uri[..<$0].lowercased() }
    let rest = scheme == "mailto" ? String(uri[uri.index(after: colon ?? uri.startIndex)...]) : uri
    let domain = Self.domain(of: rest)
    let size = parts.count == 2 ? Self.isSize(parts[1]) : true
    if scheme == "mailto", domain != nil, size {
      (problem, self.domain, repaired) = (nil, domain, uri)
    } else if scheme == "https" || scheme == "http", domain == nil {
      (problem, self.domain, repaired) = (.scheme, nil, nil)
    } else {
      (problem, self.domain) = (.syntax, nil)
      repaired = domain == nil ? nil : "mailto:\(rest)"
    }
  }

  /// The domain of `local@domain`; nil if it is not an address.
  private static func domain(of address: String) -> DomainName? {
    let address = address.split(separator: "?", maxSplits: 1).first.map(String.init) ?? ""
    guard let at = address.lastIndex(of: "@"), at > address.startIndex else { return nil }
    let local = address[..<at]
    guard local.utf8.allSatisfy({ (0x21..<0x7f).contains($0) && !"<>\"()[]\\,;:@".utf8.contains($0) }) else {
      return nil
    }
    let domain = address[address.index(after: at)...]
    guard domain.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }), let name = DomainName(String(domain)),
      name.publishable != nil, name.labels.count > 1
    else { return nil }
    return name
  }

  /// `1*DIGIT [ "k" / "m" / "g" / "t" ]`.
  private static func isSize(_ text: Substring) -> Bool {
    var digits = text
    if let last = digits.last, "kmgtKMGT".contains(last) { digits.removeLast() }
    return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}

/// Checks where a DMARC record asks for reports: the addresses, whether others agreed to receive them (RFC 7489 §7.1, RFC 9990 §4), and
/// whether their domains accept mail.
struct ReportAddressCheck {
  let record: DMARCRecordText
  let organisations: Organisations

  /// The maximum number of addresses that are looked up. Receivers need to send to two only (RFC 7489 §6.2).
  private static let mostAddresses = 10

  func run(_ list: inout FindingList, _ lookUps: inout RecordLookUps) {
    let tags = TagList(record.text)
    var domains: [(domain: DomainName, tag: String, position: Int)] = []
    for name in ["rua", "ruf"] {
      guard let tag = tags[name] else { continue }
      for address in ReportAddress.list(tag.value, from: tag.valuePosition) {
        add(address, name, &list)
        if let domain = address.domain, !domains.contains(where: { $0.domain == domain }) {
          domains.append((domain, name, address.position))
        }
      }
    }
    for (domain, tag, position) in domains.prefix(Self.mostAddresses) {
      checkAgreement(domain, tag, position, &list, &lookUps)
      if MailExchanges(domain, &lookUps).acceptsMail == false {
        list.add(.dmarcReportsNoMail, at: record.owner, position: position, ["domain": domain.name, "tag": tag])
      }
    }
  }

  private func add(_ address: ReportAddress, _ tag: String, _ list: inout FindingList) {
    let values = ["tag": tag, "text": address.text]
    let repaired =
      record.domain.publishable.flatMap { RecordOwner(policyOf: $0) }
      .map { [ProposedRecord($0, DMARCRepair(record.text).text)] } ?? []
    switch address.problem {
    case .syntax: list.add(.dmarcURISyntax, at: record.owner, position: address.position, values, publish: repaired)
    case .scheme: list.add(.dmarcURIScheme, at: record.owner, position: address.position, values)
    case nil:
      if address.hasSizeLimit {
        list.add(.dmarcURISize, at: record.owner, position: address.position, values, publish: repaired)
      }
    }
  }

  private func checkAgreement(
    _ receiver: DomainName, _ tag: String, _ position: Int, _ list: inout FindingList, _ lookUps: inout RecordLookUps
  ) {
    guard !organisations.areRelated(receiver, record.domain), let domain = record.domain.publishable,
      let host = receiver.publishable, let owner = RecordOwner(reportsOn: domain, at: host)
    else { return }
    guard let answer = lookUps.ask(owner.name, .txt), answer.status != .failure else { return }
    let isAgreed = answer.values.contains { TagList($0).begins(with: "v", "DMARC1") }
    if !isAgreed {
      list.add(
        .dmarcReportsUnauthorised, at: record.owner, position: position,
        ["receiver": receiver.name, "tag": tag, "domain": record.domain.name],
        publish: [ProposedRecord(owner, "v=DMARC1")])
    }
  }
}

/// The mail exchanges of a domain (RFC 5321 §5.1, RFC 7505).
struct MailExchanges {
  /// In the order of the answer; nil while it is missing or if the lookup failed.
  private(set) var hosts: [(preference: Int, name: String)]?
  /// Whether the domain says that it accepts no mail.
  var isNull: Bool { hosts.map { $0.count == 1 && $0[0].name.isEmpty } ?? false }
  /// Whether mail to the domain can be delivered anywhere; nil if that is not known.
  private(set) var acceptsMail: Bool?

  /// - Parameter isOwn: whether the check is incomplete without an answer.
  init(_ domain: DomainName, _ lookUps: inout RecordLookUps, isOwn: Bool = false) {
    let answer = isOwn ? lookUps.require(domain.name, .mx) : lookUps.ask(domain.name, .mx)
    guard let answer, answer.status != .failure else { return }
    let found = answer.values.map(Self.exchange)
    hosts = found
    if isNull {
      acceptsMail = false
    } else if found.isEmpty {
      acceptsMail = answer.status == .noName ? false : lookUps.hasAddress(domain.name)
    } else {
      acceptsMail = true
    }
  }

  private static func exchange(_ value: String) -> (preference: Int, name: String) {
    let parts = value.split(separator: " ", maxSplits: 1)
    let name = parts.count == 2 ? String(parts[1]) : ""
    return (parts.first.flatMap { Int($0) } ?? 0, name == "." ? "" : name)
  }
}
