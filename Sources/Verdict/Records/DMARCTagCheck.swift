import DMARC

/// The tags of DMARC records and their values (RFC 7489 §6.3, RFC 9989 §4.7).
enum DMARCTags {
  static let policyTags: Set = ["p", "sp", "np"]
  static let known: Set = ["v", "p", "sp", "np", "t", "psd", "adkim", "aspf", "rua", "ruf", "fo", "pct", "rf", "ri"]
  /// Those that RFC 9989 has removed.
  static let removed: Set = ["rf", "ri"]

  /// Whether a value is one of those that the standard defines. Lists of addresses are checked elsewhere.
  static func isValid(_ tag: String, _ value: String) -> Bool {
    let value = value.lowercased()
    switch tag {
    case "p", "sp", "np": return DMARCRecordText.policies.contains(value)
    case "adkim", "aspf": return ["r", "s"].contains(value)
    case "t": return ["y", "n"].contains(value)
    case "psd": return ["y", "n", "u"].contains(value)
    case "fo":
      return value.split(separator: ":", omittingEmptySubsequences: false)
        .allSatisfy { ["0", "1", "d", "s"].contains($0) }
    case "pct":
      return (1...3).contains(value.utf8.count) && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
        && (UInt(value) ?? 101) <= 100
    case "rua", "ruf": return ReportAddress.list(value, from: 1).allSatisfy { $0.problem == nil }
    default: return true
    }
  }

  /// The policy that a misspelt value means.
  static func meant(_ value: String) -> String {
    let value = value.lowercased()
    return value.hasPrefix("rej") ? "reject" : value.hasPrefix("qua") ? "quarantine" : "none"
  }
}

/// Checks the syntax and the tags of one DMARC record.
struct DMARCTagCheck {
  let record: DMARCRecordText
  /// Whether it is that of an organisational domain, whose `sp` and `np` apply to the domains below it.
  let isOrganisation: Bool
  /// Whether the domain accepts mail, so that reports can be sent to it.
  let acceptsMail: Bool
  private var owner: String { record.owner }

  /// The record without its mistakes.
  private var repaired: [ProposedRecord] { without([]) }

  private func without(_ tags: Set<String>) -> [ProposedRecord] {
    record.domain.publishable.flatMap { RecordOwner(policyOf: $0) }
      .map { [ProposedRecord($0, DMARCRepair(record.text, without: tags).text)] } ?? []
  }

  func run(_ list: inout FindingList) {
    let tags = TagList(record.text)
    for mistake in tags.mistakes {
      list.add(
        .dmarcSyntax, at: owner, position: mistake.position, ["cause": mistake.cause.rawValue, "text": mistake.text],
        publish: repaired)
    }
    for tag in tags.repeated {
      list.add(.dmarcDuplicateTag, at: owner, position: tag.position, ["tag": tag.name], publish: repaired)
    }
    for tag in tags.tags.dropFirst() { check(tag, &list) }
    if let p = tags["p"] {
      let second = tags.tags.dropFirst().first
      if let second, second.name != "p" {
        list.add(
          .dmarcPNotSecond, at: owner, position: p.position, ["first": second.name], publish: repaired)
      }
    } else {
      list.add(.dmarcPMissing, at: owner, publish: repaired)
    }
    if tags["rua"] == nil { list.add(.dmarcNoReports, at: owner, ["domain": record.domain.name], publish: withReports) }
    checkStrength(tags, &list)
  }

  private var withReports: [ProposedRecord] {
    guard acceptsMail else { return [] }
    let text = DMARCRepair(record.text).text + "; rua=mailto:dmarc-reports@\(record.domain.name)"
    return record.domain.publishable.flatMap { RecordOwner(policyOf: $0) }.map { [ProposedRecord($0, text)] } ?? []
  }

  private func check(_ tag: TagList.Tag, _ list: inout FindingList) {
    let values = ["tag": tag.name, "value": tag.value]
    if !DMARCTags.known.contains(tag.name) {
      list.add(.dmarcUnknownTag, at: owner, position: tag.position, values)
    } else if tag.name == "pct", DMARCTags.isValid("pct", tag.value) {
      list.add(
        tag.value == "100" ? .dmarcRemovedTag : .dmarcPct, at: owner, position: tag.position, values, publish: repaired)
    } else if DMARCTags.removed.contains(tag.name) {
      list.add(.dmarcRemovedTag, at: owner, position: tag.position, values, publish: repaired)
    } else if tag.name != "rua", tag.name != "ruf", tag.name != "v", !DMARCTags.isValid(tag.name, tag.value) {
      list.add(.dmarcBadValue, at: owner, position: tag.valuePosition, values, publish: repaired)
    }
  }

  private func checkStrength(_ tags: TagList, _ list: inout FindingList) {
    func rank(_ policy: String?) -> Int { policy.flatMap(DMARCRecordText.policies.firstIndex) ?? -1 }
    let (own, subdomain, missing) = (record.ownPolicy, record.subdomainPolicy, record.missingPolicy)
    if let p = tags["p"], own == "none", DMARCTags.isValid("p", p.value) {
      list.add(.dmarcPolicyNone, at: owner, position: p.valuePosition, ["domain": record.domain.name])
    }
    if isOrganisation {
      let values = ["p": own ?? "none", "sp": subdomain ?? "none", "np": missing ?? "none"]
      if let sp = tags["sp"], rank(subdomain) < rank(own) {
        list.add(.dmarcSPWeaker, at: owner, position: sp.valuePosition, values, publish: without(["sp"]))
      }
      if let np = tags["np"], rank(missing) < rank(subdomain) {
        list.add(.dmarcNPWeaker, at: owner, position: np.valuePosition, values, publish: without(["np"]))
      }
    } else {
      for name in ["sp", "np"] {
        guard let tag = tags[name] else { continue }
        list.add(
          .dmarcSPIgnored, at: owner, position: tag.position, ["tag": name], publish: without(["sp", "np"]))
      }
    }
    if record.isTesting, let t = tags["t"] {
      list.add(.dmarcTesting, at: owner, position: t.position, ["policy": own ?? "none"])
    }
    if let psd = tags["psd"], psd.value.lowercased() == "y" {
      list.add(
        .dmarcPSD, at: owner, position: psd.position, ["domain": record.domain.name], publish: without(["psd"]))
    }
  }
}
