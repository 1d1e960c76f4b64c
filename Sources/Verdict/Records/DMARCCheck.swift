import DMARC

/// Checks the DMARC record that applies to a domain (RFC 7489, RFC 9989).
struct DMARCCheck {
  let domain: DomainName
  let discovery: PolicyDiscovery
  let organisations: Organisations
  /// Whether the domain sends no mail.
  let isParked: Bool
  /// Whether it accepts mail, so that reports can be sent to it.
  let acceptsMail: Bool

  /// What a record without mistakes would be; nil if the domain cannot have one.
  private func record(_ text: String, _ domain: DomainName) -> [ProposedRecord] {
    domain.publishable.flatMap { RecordOwner(policyOf: $0) }.map { [ProposedRecord($0, text)] } ?? []
  }

  func run(_ list: inout FindingList, _ lookUps: inout RecordLookUps) {
    let owner = "_dmarc.\(domain.name)"
    checkTexts(owner, &list, &lookUps)
    guard let applied = discovery.applied ?? discovery.appliedByList else { return }
    if discovery.own == nil {
      list.add(
        .dmarcInherited, at: applied.owner,
        [
          "domain": domain.name, "parent": applied.domain.name,
          "policy": applied.subdomainPolicy ?? "none", "tag": applied["sp"] == nil ? "p" : "sp",
        ])
    }
    checkOrganisation(&list)
    DMARCTagCheck(record: applied, isOrganisation: isOrganisation(applied), acceptsMail: acceptsMail).run(&list)
    ReportAddressCheck(record: applied, organisations: organisations).run(&list, &lookUps)
    if isParked, discovery.own != nil, applied.ownPolicy != "reject" || applied.isTesting {
      list.add(
        .dmarcParked, at: applied.owner, ["policy": applied.ownPolicy ?? "none"],
        publish: record(DMARCRepair(applied.text, stricter: "reject").text, domain))
    }
  }

  private func isOrganisation(_ record: DMARCRecordText) -> Bool {
    record.domain == discovery.organisation || record.domain == discovery.organisationByList
      || record["psd"]?.lowercased() == "y"
  }

  /// The texts of the `_dmarc` name: how many there are, and what else is there.
  private func checkTexts(_ owner: String, _ list: inout FindingList, _ lookUps: inout RecordLookUps) {
    let records = discovery.texts.compactMap { DMARCRecordText($0, of: domain) }
    let others = discovery.texts.filter { DMARCRecordText($0, of: domain) == nil }
    var isBroken = false
    for text in others {
      let isMeant = text.lowercased().contains("dmarc1") || TagList(text)["p"] != nil
      if isMeant, records.isEmpty {
        isBroken = true
        list.add(
          .dmarcVersion, at: owner, position: 1, ["text": text], publish: record(DMARCRepair(text).text, domain))
      } else {
        list.add(.dmarcForeignText, at: owner, ["text": text])
      }
    }
    if records.count > 1 {
      list.add(
        .dmarcSeveral, at: owner, ["count": "\(records.count)"],
        publish: record(DMARCRepair(Self.strictest(records).text).text, domain))
    } else if records.isEmpty, !isBroken, let (place, text) = misplaced(&lookUps) {
      list.add(.dmarcMisplaced, at: place, ["owner": owner], publish: record(DMARCRepair(text).text, domain))
    } else if records.isEmpty, !isBroken, discovery.applied == nil, discovery.appliedByList == nil {
      let text =
        (isParked ? "v=DMARC1; p=reject" : "v=DMARC1; p=none")
        + (acceptsMail ? "; rua=mailto:dmarc-reports@\(domain.name)" : "")
      list.add(.dmarcMissing, at: owner, ["domain": domain.name], publish: record(text, domain))
    }
  }

  /// A DMARC record at a name where nobody looks for it, with its text: at the domain itself, with the domain twice, or without the underscore.
  private func misplaced(_ lookUps: inout RecordLookUps) -> (place: String, text: String)? {
    for place in [domain.name, "_dmarc.\(domain.name).\(domain.name)", "dmarc.\(domain.name)"] {
      let answer = lookUps.ask(place, .txt)
      if let text = answer?.values.first(where: { TagList($0).begins(with: "v", "DMARC1") }) { return (place, text) }
    }
    return nil
  }

  private static func strictest(_ records: [DMARCRecordText]) -> DMARCRecordText {
    func rank(_ record: DMARCRecordText) -> Int { record.ownPolicy.flatMap(DMARCRecordText.policies.firstIndex) ?? -1 }
    return records.max { rank($0) < rank($1) } ?? records[0]
  }

  private func checkOrganisation(_ list: inout FindingList) {
    guard let walked = discovery.organisation, walked != discovery.organisationByList else { return }
    var proposals: [ProposedRecord] = []
    if walked.isEqualOrUnder(discovery.organisationByList) {
      let text = "v=DMARC1; p=none; rua=mailto:dmarc-reports@\(discovery.organisationByList.name)"
      proposals = record(text, discovery.organisationByList)
    } else if let own = discovery.own {
      proposals = record(DMARCRepair(own.text).text + "; psd=n", domain)
    }
    list.add(
      .dmarcOrganisationDiffers, at: "_dmarc.\(domain.name)",
      ["walk": walked.name, "list": discovery.organisationByList.name], publish: proposals)
  }
}

/// A DMARC record with what is valid in it, and nothing else.
package struct DMARCRepair {
  /// The text of the record.
  package let text: String

  /// The tags that a text means: some forms publish backslashes and quotes, and some people separate tags by commas.
  private static func tags(_ text: String) -> TagList {
    let plain = text.filter { $0 != "\\" && $0 != "\"" && $0 != "\u{201c}" && $0 != "\u{201d}" }
    let list = TagList(plain)
    if list["p"] != nil { return list }
    let split = TagList(plain.replacing(",", with: ";"))
    return split["p"] == nil ? list : split
  }

  private static let order = ["p", "sp", "np", "t", "psd", "adkim", "aspf", "rua", "ruf", "fo"]

  /// - Parameters:
  ///   - policy: the policy that takes the place of the published one, without a weaker one for subdomains.
  ///   - tags: tags that go, too.
  package init(_ text: String, stricter policy: String? = nil, without tags: Set<String> = []) {
    let list = Self.tags(text)
    var values: [String: String] = [:]
    for tag in list.tags where Self.order.contains(tag.name) && !tags.contains(tag.name) {
      let value = tag.value
      if tag.name == "rua" || tag.name == "ruf" {
        let addresses = ReportAddress.list(value, from: 1).compactMap(\.repaired)
        values[tag.name] = addresses.isEmpty ? nil : addresses.joined(separator: ",")
      } else if DMARCTags.isValid(tag.name, value) {
        values[tag.name] = value
      } else if DMARCTags.policyTags.contains(tag.name) {
        values[tag.name] = DMARCTags.meant(value)
      }
    }
    if let policy {
      values["p"] = policy
      for tag in ["sp", "np", "t"] { values[tag] = nil }
    }
    values["p"] = values["p"] ?? "none"
    self.text = (["v=DMARC1"] + Self.order.compactMap { tag in values[tag].map { "\(tag)=\($0)" } })
      .joined(separator: "; ")
  }
}
