import DMARC

/// Checks the SPF record of a domain with everything that it includes (RFC 7208).
struct SPFCheck {
  let domain: DomainName
  let tree: SPFTree
  let organisations: Organisations
  /// Whether the domain sends no mail.
  let isParked: Bool
  let exchanges: MailExchanges
  let use: DomainUse?

  /// The lookups and void lookups that an evaluation may need (RFC 7208 §4.6.4), and the number from which a record is close to that.
  private static let mostLookUps = SPFTree.mostLookUps
  private static let nearLookUps = 9
  private static let mostVoids = 2
  private static let mostExchanges = 10
  /// The size up to which all TXT records of a name ought to fit into an answer by UDP (RFC 7208 §3.4).
  private static let longest = 450

  func run(_ list: inout FindingList) {
    checkTexts(&list)
    guard let text = tree.root.text else { return }
    let terms = tree.root.allTerms()
    for (term, name, path) in terms { check(term, name, path, &list) }
    checkCosts(&list)
    if tree.root.problem == nil || tree.root.problem == .several { checkEnd(tree.root, &list) }
    let size = tree.texts.reduce(domain.name.utf8.count) { $0 + $1.utf8.count }
    if text.utf8.count > 255, size > Self.longest {
      list.add(.spfLong, at: domain.name, ["size": "\(size)", "most": "\(Self.longest)"])
    }
    SPFTermCheck(domain: domain, organisations: organisations, repaired: repaired([])).run(tree.root, &list)
    checkUse(&list)
  }

  /// A record at the domain itself.
  private func record(_ text: String) -> [ProposedRecord] {
    domain.publishable.map { [ProposedRecord(RecordOwner($0), text)] } ?? []
  }

  /// The domain's own record with all its mistakes corrected; none for a mistake in that of someone else.
  private func repaired(_ path: [String]) -> [ProposedRecord] {
    let repair = SPFRepair(tree)
    return path.isEmpty && !repair.stopsAll ? record(repair.text) : []
  }

  private func checkTexts(_ list: inout FindingList) {
    if tree.records.count > 1 {
      list.add(
        .spfSeveral, at: domain.name, ["count": "\(tree.records.count)"], publish: record(Self.merged(tree.records)))
    }
    guard tree.records.isEmpty, tree.root.problem == .missing else { return }
    if let meant = tree.texts.first(where: Self.isMeant) {
      list.add(
        .spfVersion, at: domain.name, position: 1, ["text": meant], publish: record(Self.withVersion(meant)))
      return
    }
    let text = isParked || exchanges.acceptsMail != true ? "v=spf1 -all" : "v=spf1 mx ~all"
    list.add(isParked ? .spfParked : .spfMissing, at: domain.name, ["domain": domain.name], publish: record(text))
  }

  /// Whether a text without the right version is meant as an SPF record.
  private static func isMeant(_ text: String) -> Bool {
    let lower = text.lowercased()
    let isSPF = lower.contains("spf1") || lower.hasPrefix("v=spf") || lower.hasPrefix("spf2.0/")
    return isSPF && !lower.contains("dmarc1") && !lower.contains("dkim1")
  }

  /// The terms of a text behind `v=spf1`.
  private static func withVersion(_ text: String) -> String {
    var rest = text.lowercased()[...]
    if let range = rest.firstRange(of: "spf1") { rest = rest[range.upperBound...] }
    let terms = rest.split { " \t;\"".contains($0) }.filter { term in
      // Version tags, also those of Sender ID, would be read as unknown modifiers.
      !term.hasPrefix("v=") && !term.hasPrefix("spf2.0/") && (try? SPFRecord(parsing: "v=spf1 \(term)")) != nil
    }
    return (["v=spf1"] + terms.map(String.init)).joined(separator: " ")
  }

  /// One record with the terms of several: each once, and the weakest `all` at the end.
  private static func merged(_ records: [String]) -> String {
    var terms: [String] = []
    var ends: [String] = []
    for record in records {
      for term in record.split(separator: " ").dropFirst().map(String.init) {
        guard let parsed = try? SPFRecord(parsing: "v=spf1 \(term)") else { continue }
        if parsed.hasAll {
          ends.append(term.lowercased())
        } else if !terms.contains(term), parsed.redirect == nil {
          terms.append(term)
        } else if let target = parsed.redirect, !terms.contains("include:\(target)") {
          // A redirect would be reached by neither.
          terms.append("include:\(target)")
        }
      }
    }
    let end = ends.contains("~all") || ends.isEmpty ? "~all" : ends.contains("-all") ? "-all" : "~all"
    return (["v=spf1"] + terms + [end]).joined(separator: " ")
  }

  // MARK: Terms

  private func check(_ term: SPFTree.Term, _ name: String, _ path: [String], _ list: inout FindingList) {
    let via = path.isEmpty ? "" : (path + [name]).joined(separator: " > ")
    let values = ["term": term.text, "path": via]
    if let mistake = term.mistake {
      let code: RecordFinding.Code = path.isEmpty ? .spfSyntax : .spfIncludeSyntax
      list.add(
        code, at: name, position: term.position, values.merging(["cause": mistake.cause.rawValue]) { $1 },
        publish: repaired(path))
    }
    for node in term.nodes {
      let values = values.merging(["target": node.name]) { $1 }
      switch node.problem {
      case .missing: list.add(.spfIncludeMissing, at: name, position: term.position, values, publish: repaired(path))
      case .several: list.add(.spfIncludeSeveral, at: name, position: term.position, values)
      case .loop: list.add(.spfLoop, at: name, position: term.position, values, publish: repaired(path))
      case .unanswered: list.add(.spfUnanswered, at: name, position: term.position, values)
      case .syntax, .notFollowed, nil: break
      }
    }
    if term.directive?.mechanism == .all, term.directive?.qualifier == .pass {
      list.add(
        .spfPlusAll, at: name, position: term.position, values,
        publish: repaired(path))
    }
    if term.isVoid {
      list.add(.spfVoidTerm, at: name, position: term.position, values, publish: repaired(path))
    }
    if term.exchanges > Self.mostExchanges {
      list.add(
        .spfManyExchanges, at: name, position: term.position,
        values.merging(["count": "\(term.exchanges)"]) { $1 })
    }
    if term.isDynamic, term.directive?.mechanism.isPTR != true {
      list.add(.spfDynamic, at: name, position: term.position, values)
    }
  }

  private func checkCosts(_ list: inout FindingList) {
    let cost = tree.root.cost
    let values = [
      "cost": "\(cost)", "most": "\(Self.mostLookUps)",
      "terms": tree.root.terms.filter { $0.totalCost > 0 }.map { "\($0.text) (\($0.totalCost))" }
        .joined(separator: ", "),
    ]
    if cost > Self.mostLookUps {
      list.add(.spfLookUps, at: domain.name, values, publish: shorter.map(record) ?? [])
    } else if cost >= Self.nearLookUps {
      list.add(.spfLookUpsNear, at: domain.name, values)
    }
    let voids = tree.voids
    if voids > Self.mostVoids {
      list.add(.spfVoid, at: domain.name, ["count": "\(voids)", "most": "\(Self.mostVoids)"])
    }
  }

  /// A record with few enough lookups: without unused includes, else with the addresses of the domain's own hosts instead of their names.
  private var shorter: String? {
    if let withoutUnused { return withoutUnused }
    let fixed = tree.root.terms.filter(isOwnHost)
    guard !fixed.isEmpty, tree.root.cost - fixed.count <= Self.mostLookUps else { return nil }
    let positions = Set(fixed.map(\.position))
    return SPFRepair(tree, replacing: { positions.contains($0.position) }).text
  }

  /// Whether a term names hosts of the same organisation, each by its whole address.
  private func isOwnHost(_ term: SPFTree.Term) -> Bool {
    guard let directive = term.directive, directive.qualifier == .pass, term.addresses?.isEmpty == false else {
      return false
    }
    switch directive.mechanism {
    case .a(let spec, SPFPrefixes()), .mx(let spec, SPFPrefixes()):
      return spec.map { DomainName($0).map { organisations.areRelated($0, domain) } ?? false } ?? true
    default: return false
    }
  }

  /// How the record ends: with `all`, with `redirect=`, or not at all.
  private func checkEnd(_ node: SPFTree.Node, _ list: inout FindingList) {
    guard let index = node.terms.firstIndex(where: { $0.directive?.mechanism == .all }) else {
      if !node.terms.contains(where: \.isRedirect) {
        list.add(.spfNoAll, at: node.name, ["domain": node.name], publish: repaired([]))
      }
      return
    }
    let all = node.terms[index]
    if all.directive?.qualifier == .neutral {
      list.add(
        .spfNeutralAll, at: node.name, position: all.position, ["term": all.text],
        publish: repaired([]))
    }
    for term in node.terms[(index + 1)...] where term.directive != nil {
      list.add(
        .spfAfterAll, at: node.name, position: term.position, ["term": term.text],
        publish: repaired([]))
    }
    for term in node.terms where term.isRedirect {
      list.add(
        .spfRedirectIgnored, at: node.name, position: term.position, ["term": term.text], publish: repaired([]))
    }
  }

  // MARK: Use

  /// The includes that no mail needs, by what reports say.
  private var unused: [SPFTree.Term] {
    guard let use, use.isConclusive else { return [] }
    return tree.root.terms.filter { term in
      guard let node = term.nodes.first, !term.isRedirect else { return false }
      return use.includes.contains { $0.name == node.name && $0.messages == 0 }
    }
  }

  /// The record without unused includes, if there are any.
  private var withoutUnused: String? {
    let positions = Set(unused.map(\.position))
    return positions.isEmpty ? nil : SPFRepair(tree, without: positions).text
  }

  private func checkUse(_ list: inout FindingList) {
    guard let use else { return }
    for term in unused {
      list.add(
        .spfIncludeUnused, at: domain.name, position: term.position,
        ["term": term.text, "days": "\(use.days)", "cost": "\(term.totalCost)", "messages": "\(use.messages)"],
        publish: withoutUnused.map(record) ?? [])
    }
  }
}
