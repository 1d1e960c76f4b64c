package import DMARC

/// What was found about one DKIM key.
package struct DKIMKeyFacts: Sendable, Hashable {
  /// The selector, and why it was looked at.
  package let selector: DKIMSelector
  /// The owner name.
  package let owner: String
  /// The text of the key record; nil if there is none.
  package var text: String?
  /// The key, if it can be used.
  package var key: DKIMKey?
  /// The names that the owner is an alias of, in order.
  package var aliases: [String] = []
  /// Messages with a signature that verified, and the last day of one; nil if no reports were looked at.
  package var messages: Int64?
  package var lastDay: CalendarDay?
}

/// Checks the DKIM keys of a domain (RFC 6376 §3.6.1).
struct DKIMCheck {
  let domain: DomainName
  let selectors: [DKIMSelector]
  let use: DomainUse?
  /// Whether the domain sends no mail.
  let isParked: Bool

  private static let mostAliases = 8

  func run(_ list: inout FindingList, _ lookUps: inout RecordLookUps) -> [DKIMKeyFacts] {
    var keys: [DKIMKeyFacts] = []
    for selector in selectors {
      guard let name = selector.domain.publishable, let owner = RecordOwner(selector: selector.selector, of: name)
      else {
        if selector.origin == .named {
          list.add(.dkimMissing, at: "\(selector.selector)._domainkey.\(selector.domain.name)", values(selector))
        }
        continue
      }
      if let facts = check(selector, owner, &list, &lookUps) { keys.append(facts) }
    }
    checkKeys(keys, &list, &lookUps)
    return keys
  }

  private func values(_ selector: DKIMSelector) -> [String: String] {
    ["selector": selector.selector, "domain": selector.domain.name]
  }

  private func use(of selector: DKIMSelector) -> DomainUse.Selector? {
    use?.selectors.first {
      $0.domain == selector.domain.name && $0.selector.lowercased() == selector.selector.lowercased()
    }
  }

  /// The facts of a key; nil if there is none, and nobody said that there was.
  private func check(
    _ selector: DKIMSelector, _ owner: RecordOwner, _ list: inout FindingList, _ lookUps: inout RecordLookUps
  ) -> DKIMKeyFacts? {
    var facts = DKIMKeyFacts(selector: selector, owner: owner.name)
    let isGuess = selector.origin == .guessed || selector.origin == .service
    let answer = isGuess ? lookUps.ask(owner.name, .txt) : lookUps.require(owner.name, .txt)
    guard let answer, answer.status != .failure else { return nil }
    let isFound = answer.status == .found
    if isFound || selector.origin != .guessed { facts.aliases = aliases(owner.name, &lookUps) }
    let known = use(of: selector)
    if use != nil { (facts.messages, facts.lastDay) = (known?.messages ?? 0, known?.lastDay) }
    let texts = answer.values.filter { !isGuess || Self.isMeant($0) }
    guard let text = texts.first else {
      if let last = facts.aliases.last {
        list.add(.dkimAliasBroken, at: owner.name, values(selector).merging(["target": last]) { $1 })
        return facts
      }
      let isUsed = known.map { $0.messages + $0.failed > 0 } ?? false
      guard selector.origin == .named || (selector.origin == .reports && isUsed) else { return nil }
      if let (place, text) = misplaced(selector, owner, &lookUps) {
        list.add(
          .dkimMisplaced, at: place, values(selector).merging(["owner": owner.name]) { $1 },
          publish: [ProposedRecord(owner, text)])
      } else {
        list.add(.dkimMissing, at: owner.name, values(selector))
      }
      return facts
    }
    facts.text = text
    if texts.count > 1 {
      list.add(
        .dkimSeveral, at: owner.name, values(selector).merging(["count": "\(texts.count)"]) { $1 },
        publish: texts.first { Self.isUsable($0) }.map { [ProposedRecord(owner, $0)] } ?? [])
    }
    facts.key = DKIMKeyRecordCheck(owner: owner, selector: selector, text: text, isParked: isParked).run(&list)
    if let use, use.isConclusive, known == nil || known?.messages == 0, facts.key != nil {
      list.add(
        .dkimUnused, at: owner.name, values(selector).merging(["days": "\(use.days)"]) { $1 },
        publish: [ProposedRecord(owner, "v=DKIM1; p=")])
    }
    return facts
  }

  /// Whether a text under a guessed name is a key record: a wildcard may answer with anything.
  private static func isMeant(_ text: String) -> Bool {
    let tags = TagList(text)
    return tags["p"] != nil || tags["k"] != nil || text.lowercased().contains("dkim1")
  }

  /// A key at a name where nobody looks for it, with its text: with the domain twice, or without `_domainkey`.
  private func misplaced(
    _ selector: DKIMSelector, _ owner: RecordOwner, _ lookUps: inout RecordLookUps
  ) -> (place: String, text: String)? {
    let domain = selector.domain.name
    for place in ["\(owner.name).\(domain)", "\(selector.selector).\(domain)"] {
      let answer = lookUps.ask(place, .txt)
      if let text = answer?.values.first(where: Self.isUsable) { return (place, text) }
    }
    return nil
  }

  private static func isUsable(_ text: String) -> Bool {
    let tags = TagList(text)
    guard let p = tags["p"] else { return false }
    return (try? DKIMKey.read(p.value, type: tags["k"]?.value.lowercased() ?? "rsa")) != nil
  }

  private func aliases(_ owner: String, _ lookUps: inout RecordLookUps) -> [String] {
    var result: [String] = []
    var name = owner
    while result.count < Self.mostAliases, let answer = lookUps.ask(name, .cname), let target = answer.values.first,
      answer.status == .found, !result.contains(target)
    {
      result.append(target)
      name = target
    }
    return result
  }

  /// What all keys together say.
  private func checkKeys(_ keys: [DKIMKeyFacts], _ list: inout FindingList, _ lookUps: inout RecordLookUps) {
    let usable = keys.compactMap(\.key)
    if let first = keys.first(where: { $0.key?.isRSA == false }), !usable.contains(where: \.isRSA) {
      list.add(.dkimEd25519Only, at: first.owner, values(first.selector))
    }
    guard keys.isEmpty, !isParked, let name = domain.publishable, let parent = RecordOwner(keysOf: name) else { return }
    guard let answer = lookUps.ask(parent.name, .txt), answer.status != .failure else { return }
    list.add(
      answer.status == .noName ? .dkimNone : .dkimUnknownSelectors, at: parent.name, ["domain": domain.name])
  }
}

/// Checks the text of one key record.
struct DKIMKeyRecordCheck {
  let owner: RecordOwner
  let selector: DKIMSelector
  let text: String
  /// Whether the domain sends no mail.
  let isParked: Bool

  private static let known: Set = ["v", "h", "k", "n", "p", "s", "t"]
  private static let leastBits = 1_024
  private static let advisedBits = 2_048
  private static let mostBits = 4_096

  private func values(_ more: [String: String] = [:]) -> [String: String] {
    ["selector": selector.selector, "domain": selector.domain.name].merging(more) { $1 }
  }

  /// The key, if it can be used at all.
  func run(_ list: inout FindingList) -> DKIMKey? {
    let tags = TagList(text)
    for mistake in tags.mistakes {
      list.add(
        .dkimSyntax, at: owner.name, position: mistake.position,
        values(["cause": mistake.cause.rawValue, "text": mistake.text]), publish: repaired(tags))
    }
    for tag in tags.repeated {
      list.add(.dkimDuplicateTag, at: owner.name, position: tag.position, values(["tag": tag.name]))
    }
    if let version = tags["v"], version.value != "DKIM1" || version.position != tags.tags.first?.position {
      list.add(
        .dkimVersion, at: owner.name, position: version.position, values(["value": version.value]),
        publish: repaired(tags))
    }
    for tag in tags.tags where !Self.known.contains(tag.name) {
      list.add(.dkimUnknownTag, at: owner.name, position: tag.position, values(["tag": tag.name]))
    }
    checkRestrictions(tags, &list)
    return checkKey(tags, &list)
  }

  private func checkRestrictions(_ tags: TagList, _ list: inout FindingList) {
    func items(_ name: String) -> [String]? {
      tags[name].map { $0.value.lowercased().split(separator: ":").map { $0.filter { !$0.isWhitespace } } }
    }
    if let hashes = items("h"), let tag = tags["h"], !hashes.contains("sha256") {
      list.add(
        .dkimSHA1, at: owner.name, position: tag.position, values(["value": tag.value]),
        publish: repaired(tags, without: ["h"]))
    }
    if let services = items("s"), let tag = tags["s"], !services.contains("*"), !services.contains("email") {
      list.add(
        .dkimService, at: owner.name, position: tag.position, values(["value": tag.value]),
        publish: repaired(tags, without: ["s"]))
    }
    if let flags = items("t"), let tag = tags["t"], flags.contains("y") {
      list.add(
        .dkimTesting, at: owner.name, position: tag.position, values(), publish: repaired(tags, without: ["t"]))
    }
  }

  private func checkKey(_ tags: TagList, _ list: inout FindingList) -> DKIMKey? {
    guard let p = tags["p"] else {
      list.add(.dkimNoKey, at: owner.name, values())
      return nil
    }
    if p.value.isEmpty {
      // A wildcard that revokes all keys is good practice where no mail is sent.
      if selector.origin != .guessed, !isParked {
        list.add(.dkimRevoked, at: owner.name, position: p.position, values())
      }
      return nil
    }
    let type = tags["k"]?.value.lowercased() ?? "rsa"
    let key: DKIMKey
    do { key = try DKIMKey.read(p.value, type: type) } catch {
      switch error {
      case .base64(let index):
        list.add(.dkimBase64, at: owner.name, position: p.valuePosition + index - 1, values())
      case .format: list.add(.dkimKeyFormat, at: owner.name, position: p.valuePosition, values(["type": type]))
      case .unknownType:
        list.add(
          .dkimKeyType, at: owner.name, position: tags["k"]?.valuePosition, values(["type": type]),
          publish: Self.typed(p.value).map { repaired(tags, without: ["k"], adding: $0) } ?? [])
      }
      return nil
    }
    if case .rsa(let numbers) = key {
      let bits = numbers.bits
      let code: RecordFinding.Code? =
        bits < Self.leastBits
        ? .dkimShort : bits < Self.advisedBits ? .dkimWeak : bits > Self.mostBits ? .dkimLong : nil
      if let code { list.add(code, at: owner.name, position: p.valuePosition, values(["bits": "\(bits)"])) }
    }
    return key
  }

  /// The type of a key, by its content.
  private static func typed(_ value: String) -> String? {
    ["rsa", "ed25519"].first { (try? DKIMKey.read(value, type: $0)) != nil }
  }

  /// The record with what is valid in it; none if its key cannot be used.
  private func repaired(_ tags: TagList, without names: Set<String> = [], adding type: String? = nil)
    -> [ProposedRecord]
  {
    guard let p = tags["p"], Self.typed(p.value) != nil else { return [] }
    var parts = ["v=DKIM1"] + (type.map { ["k=\($0)"] } ?? [])
    for tag in tags.tags where Self.known.contains(tag.name) && !["v", "p"].contains(tag.name) {
      if !names.contains(tag.name) { parts.append("\(tag.name)=\(tag.value)") }
    }
    let key = p.value.filter { !$0.isWhitespace }
    return [ProposedRecord(owner, (parts + ["p=\(key)"]).joined(separator: "; "))]
  }
}
