import DMARC

/// Checks the mail exchanges of a domain (RFC 5321 §5.1, RFC 2181 §10.3, RFC 7505).
struct MailExchangeCheck {
  let domain: DomainName
  let exchanges: MailExchanges
  let isParked: Bool

  /// The maximum number of mail exchanges that are looked up.
  static let mostHosts = 10

  func run(_ list: inout FindingList, _ lookUps: inout RecordLookUps) {
    guard let hosts = exchanges.hosts else { return }
    let named = hosts.filter { !$0.name.isEmpty }
    if hosts.count > 1, named.count < hosts.count {
      list.add(.mxNullWithOthers, at: domain.name, ["domain": domain.name])
    }
    for host in named.prefix(Self.mostHosts) { check(host.name, &list, &lookUps) }
    if isParked, hosts.isEmpty, let name = domain.publishable, lookUps.hasAddress(domain.name) == true {
      list.add(
        .mxParked, at: domain.name, ["domain": domain.name], publish: [ProposedRecord(nullExchangeOf: name)])
    }
  }

  private func check(_ host: String, _ list: inout FindingList, _ lookUps: inout RecordLookUps) {
    let values = ["host": host, "domain": domain.name]
    if IPAddress(host) != nil {
      list.add(.mxAddress, at: domain.name, values)
    } else if let alias = lookUps.ask(host, .cname), alias.status == .found {
      list.add(.mxAlias, at: domain.name, values.merging(["target": alias.values.first ?? ""]) { $1 })
    } else if lookUps.hasAddress(host) == false {
      list.add(.mxNoAddress, at: domain.name, values)
    }
  }
}

/// What a domain publishes beside SPF, DKIM and DMARC.
package struct TransportFacts: Sendable, Hashable {
  /// The MTA-STS record (RFC 8461 §3.1).
  package var sts: String?
  /// The MTA-STS policy; nil if it was not fetched or is not valid.
  package var stsPolicy: STSPolicy?
  /// The TLS reporting record (RFC 8460 §3).
  package var tlsReports: String?
  /// The BIMI record of the default selector.
  package var bimi: String?
  /// The mail exchanges with TLSA records (RFC 7672).
  package var daneHosts: [String] = []
}

/// Checks MTA-STS, TLS reporting, BIMI and DANE records. None of them is needed, so nothing is said if they are absent.
struct TransportCheck {
  let domain: DomainName
  let exchanges: MailExchanges
  /// The DMARC record that applies.
  let policy: DMARCRecordText?
  /// The answer of the web server that hosts the MTA-STS policy; nil if the policy was not requested.
  let sts: STSAnswer?

  func run(_ list: inout FindingList, _ lookUps: inout RecordLookUps) -> TransportFacts {
    var facts = TransportFacts()
    facts.sts = checkSTS(&list, &lookUps)
    if facts.sts != nil, let sts {
      facts.stsPolicy = STSPolicyCheck(domain: domain, exchanges: exchanges, answer: sts).run(&list)
    }
    facts.tlsReports = checkTLSReports(&list, &lookUps)
    facts.bimi = checkBIMI(&list, &lookUps)
    facts.daneHosts = checkDANE(&list, &lookUps)
    return facts
  }

  private func texts(_ owner: String, _ version: String, _ lookUps: inout RecordLookUps) -> [String] {
    guard let answer = lookUps.ask(owner, .txt), answer.status == .found else { return [] }
    // A wildcard may answer with anything.
    return answer.values.filter { $0.lowercased().contains(version.lowercased()) }
  }

  private func owner(_ prefix: String) -> String { "\(prefix).\(domain.name)" }

  private func checkSTS(_ list: inout FindingList, _ lookUps: inout RecordLookUps) -> String? {
    let owner = owner("_mta-sts")
    let texts = texts(owner, "STSv1", &lookUps)
    guard let text = texts.first else { return nil }
    if texts.count > 1 { list.add(.stsSeveral, at: owner, ["count": "\(texts.count)"]) }
    let tags = TagList(text)
    let id = tags["id"]
    let isNamed = id.map { (1...32).contains($0.value.utf8.count) && $0.value.utf8.allSatisfy(Self.isAlphanumeric) }
    if !tags.begins(with: "v", "STSv1") || !tags.mistakes.isEmpty || isNamed != true {
      let position = tags.mistakes.first?.position ?? (isNamed == false ? id?.valuePosition : 1)
      list.add(.stsSyntax, at: owner, position: position, ["text": text])
    }
    if lookUps.hasAddress(self.owner("mta-sts")) == false {
      list.add(.stsNoHost, at: owner, ["host": self.owner("mta-sts")])
    }
    return text
  }

  private func checkTLSReports(_ list: inout FindingList, _ lookUps: inout RecordLookUps) -> String? {
    let owner = owner("_smtp._tls")
    let texts = texts(owner, "TLSRPTv1", &lookUps)
    guard let text = texts.first else { return nil }
    if texts.count > 1 { list.add(.tlsReportSeveral, at: owner, ["count": "\(texts.count)"]) }
    let tags = TagList(text)
    let addresses = tags["rua"].map { ReportAddress.list($0.value, from: $0.valuePosition) } ?? []
    let bad = addresses.first { $0.problem == .syntax || ($0.problem == .scheme && !$0.text.hasPrefix("https:")) }
    if !tags.begins(with: "v", "TLSRPTv1") || !tags.mistakes.isEmpty || addresses.isEmpty || bad != nil {
      let position = tags.mistakes.first?.position ?? bad?.position ?? 1
      list.add(.tlsReportSyntax, at: owner, position: position, ["text": text])
    }
    return text
  }

  private func checkBIMI(_ list: inout FindingList, _ lookUps: inout RecordLookUps) -> String? {
    let owner = owner("default._bimi")
    guard let text = texts(owner, "BIMI1", &lookUps).first else { return nil }
    let tags = TagList(text)
    guard tags.begins(with: "v", "BIMI1"), tags.mistakes.isEmpty, let location = tags["l"] else {
      list.add(.bimiSyntax, at: owner, position: tags.mistakes.first?.position ?? 1, ["text": text])
      return text
    }
    for tag in [location, tags["a"]].compactMap({ $0 }) where !tag.value.isEmpty {
      if !tag.value.lowercased().hasPrefix("https://") {
        list.add(.bimiLocation, at: owner, position: tag.valuePosition, ["text": tag.value])
      }
    }
    let isEnforced = policy?.ownPolicy != nil && policy?.ownPolicy != "none" && policy?.subdomainPolicy != "none"
    if !location.value.isEmpty, !isEnforced || policy?.isTesting == true {
      list.add(.bimiPolicy, at: owner, ["policy": policy?.ownPolicy ?? "none"])
    }
    return text
  }

  private func checkDANE(_ list: inout FindingList, _ lookUps: inout RecordLookUps) -> [String] {
    var hosts: [String] = []
    for host in (exchanges.hosts ?? []).filter({ !$0.name.isEmpty }).prefix(MailExchangeCheck.mostHosts) {
      let owner = "_25._tcp.\(host.name)"
      guard let answer = lookUps.ask(owner, .tlsa), answer.status == .found else { continue }
      hosts.append(host.name)
      for value in answer.values.prefix(20) { checkTLSA(value, owner, &list) }
    }
    return hosts
  }

  private func checkTLSA(_ value: String, _ owner: String, _ list: inout FindingList) {
    let parts = value.split(separator: " ")
    let numbers = parts.prefix(3).compactMap { UInt8($0) }
    let length = parts.count == 4 ? parts[3].utf8.count : 0
    let lengths: [UInt8: Int] = [1: 64, 2: 128]
    guard numbers.count == 3, numbers[0] <= 3, numbers[1] <= 1, numbers[2] <= 2, length > 0,
      lengths[numbers[2]].map({ $0 == length }) ?? true
    else {
      list.add(.daneData, at: owner, ["text": value])
      return
    }
    if numbers[0] < 2 { list.add(.daneUsage, at: owner, ["usage": "\(numbers[0])"]) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte)
  }
}
