import DMARC

/// An SPF record with everything that it includes, and the DNS lookups that each term costs if no mechanism before it matches (RFC 7208
/// §4.6.4).
package struct SPFTree: Sendable, Hashable {
  /// The record of one name.
  package struct Node: Sendable, Hashable {
    /// The owner name.
    package let name: String
    /// The text of the record; nil if there is none.
    package let text: String?
    /// Why receivers cannot use the record; nil if they can.
    package var problem: Problem?
    /// The terms in order.
    package var terms: [Term] = []

    /// The lookups of all terms, including those of the records that they name.
    package var cost: Int { terms.reduce(0) { $0 + $1.totalCost } }
  }

  /// A mechanism or modifier.
  package struct Term: Sendable, Hashable {
    /// As written.
    package let text: String
    /// In octets from 1.
    package let position: Int
    /// What it means; nil if its syntax is wrong, and for modifiers.
    var directive: SPFRecord.Directive?
    /// What is wrong with its syntax.
    var mistake: SPFTermMistake?
    /// 1 if the term itself costs a lookup, else 0.
    package var cost = 0
    /// The record that it names, for `include` and `redirect`.
    package var nodes: [Node] = []
    /// Whether its lookup finds nothing.
    package var isVoid = false
    /// Whether its lookups depend on the message: `exists`, `ptr` or a macro.
    package var isDynamic = false
    /// The addresses that it looks up; nil while they are not all known.
    var addresses: [IPAddress]?
    /// The number of MX records, if it is an `mx`.
    var exchanges = 0

    /// The lookups of the term, including those of the record that it names.
    package var totalCost: Int { nodes.reduce(cost) { $0 + $1.cost } }
  }

  /// Why a record cannot be used.
  package enum Problem: String, Sendable, Hashable {
    case missing, several, syntax, loop, unanswered
    /// The check has followed enough records.
    case notFollowed = "not-followed"
  }

  /// The record of the domain itself.
  package private(set) var root: Node
  /// The TXT records of the domain, and its SPF records among them.
  let texts, records: [String]
  private let sender: String
  private var followed = 0

  /// The lookups that one evaluation may need (RFC 7208 §4.6.4).
  package static let mostLookUps = 10

  /// The terms that look up nothing.
  package var voids: Int { root.allTerms().count { $0.term.isVoid } }

  /// Whether lookups depend on the message.
  package var isDynamic: Bool { root.allTerms().contains { $0.term.isDynamic } }

  /// The maximum number of records that are followed. No message causes more than eleven to be read.
  private static let mostRecords = 40
  private static let mostTerms = 500
  /// RFC 7208 §4.6.4.
  private static let mostExchanges = 10

  init(_ domain: DomainName, _ lookUps: inout RecordLookUps) {
    let answer = lookUps.require(domain.name, .txt)
    texts = answer?.status == .found ? answer?.values ?? [] : []
    records = SPFRecord.select(texts)
    sender = domain.name
    root = Node(name: domain.name, text: nil, problem: nil)
    guard let answer else { return }
    root = node(domain.name, answer, [], &lookUps)
  }

  private mutating func node(
    _ name: String, _ answer: DNSAnswer, _ path: [String], _ lookUps: inout RecordLookUps
  ) -> Node {
    if answer.status == .failure { return Node(name: name, text: nil, problem: .unanswered) }
    let records = SPFRecord.select(answer.values)
    guard let text = records.first else { return Node(name: name, text: nil, problem: .missing) }
    var node = Node(name: name, text: text, problem: records.count > 1 ? .several : nil)
    for (term, position) in Self.split(text).prefix(Self.mostTerms) {
      node.terms.append(self.term(term, position, name, path + [name], &lookUps))
    }
    // With `all`, redirect= does not apply (RFC 7208 §6.1).
    if node.terms.contains(where: { $0.directive?.mechanism == .all }) {
      for index in node.terms.indices where node.terms[index].isRedirect {
        node.terms[index].cost = 0
        node.terms[index].nodes = []
      }
    }
    if node.problem == nil, node.terms.contains(where: { $0.mistake != nil }) { node.problem = .syntax }
    return node
  }

  /// The terms after the version, each with its position.
  private static func split(_ text: String) -> [(text: String, position: Int)] {
    var result: [(String, Int)] = []
    let bytes = Array(text.utf8)
    var start = bytes.firstIndex(of: 0x20) ?? bytes.count
    while start < bytes.count {
      while start < bytes.count, bytes[start] == 0x20 { start += 1 }
      let end = bytes[start...].firstIndex(of: 0x20) ?? bytes.count
      if end > start { result.append((String(decoding: bytes[start..<end], as: UTF8.self), start + 1)) }
      start = end
    }
    return result
  }

  private mutating func term(
    _ text: String, _ position: Int, _ name: String, _ path: [String], _ lookUps: inout RecordLookUps
  ) -> Term {
    var term = Term(text: text, position: position)
    // Such a domain is valid as far as the grammar goes, but nobody means it.
    if SPFTermMistake.isJoined(text.lowercased()) {
      term.mistake = SPFTermMistake(cause: .joined)
      return term
    }
    let parsed: SPFRecord
    do { parsed = try SPFRecord(parsing: "v=spf1 \(text)") } catch {
      term.mistake = SPFTermMistake(text, error)
      return term
    }
    term.directive = parsed.directives.first
    if let target = parsed.redirect {
      term.cost = 1
      follow(target, name, path, &term, &lookUps)
      return term
    }
    switch term.directive?.mechanism {
    case .include(let target):
      term.cost = 1
      follow(target, name, path, &term, &lookUps)
    case .a(let target, _):
      term.cost = 1
      lookUpAddresses(target, name, &term, &lookUps)
    case .mx(let target, _):
      term.cost = 1
      lookUpExchanges(target, name, &term, &lookUps)
    case .ptr, .exists:
      term.cost = 1
      term.isDynamic = true
    case .all, .ip4, .ip6, nil: break
    }
    return term
  }

  /// The name that a term looks up; nil if it depends on the message.
  private func target(_ spec: String?, _ name: String, _ term: inout Term) -> String? {
    guard let spec else { return name }
    guard case .fixed(let target) = SPFDomainSpec.expand(spec, current: name, sender: sender) else {
      term.isDynamic = true
      return nil
    }
    return target
  }

  private mutating func follow(
    _ spec: String, _ name: String, _ path: [String], _ term: inout Term, _ lookUps: inout RecordLookUps
  ) {
    guard let target = target(spec, name, &term) else { return }
    guard !path.contains(target) else {
      term.nodes = [Node(name: target, text: nil, problem: .loop)]
      return
    }
    guard followed < Self.mostRecords else {
      term.nodes = [Node(name: target, text: nil, problem: .notFollowed)]
      return
    }
    followed += 1
    guard let answer = lookUps.ask(target, .txt) else { return }
    term.nodes = [node(target, answer, path, &lookUps)]
  }

  private func lookUpAddresses(_ spec: String?, _ name: String, _ term: inout Term, _ lookUps: inout RecordLookUps) {
    guard followed < Self.mostRecords, let target = target(spec, name, &term) else { return }
    term.isVoid = lookUps.hasAddress(target) == false
    term.addresses = lookUps.addresses(target)
  }

  private func lookUpExchanges(_ spec: String?, _ name: String, _ term: inout Term, _ lookUps: inout RecordLookUps) {
    guard followed < Self.mostRecords, let target = target(spec, name, &term) else { return }
    guard let answer = lookUps.ask(target, .mx) else { return }
    term.isVoid = answer.isVoid
    term.exchanges = answer.values.count
    guard answer.values.count <= Self.mostExchanges else { return }
    var all: [IPAddress]? = []
    for host in answer.exchanges {
      let found = lookUps.addresses(host)
      all = all.flatMap { known in found.map { known + $0 } }
    }
    term.addresses = all
  }
}

extension SPFTree.Term {
  /// Whether the term itself names hosts or networks, rather than another record that does.
  package var namesHosts: Bool {
    switch directive?.mechanism {
    case .a, .mx, .ip4, .ip6: directive?.qualifier == .pass && mistake == nil
    default: false
    }
  }

  /// Whether this is `redirect=`.
  package var isRedirect: Bool { text.lowercased().hasPrefix("redirect=") }
}

extension SPFTree.Node {
  /// The terms of this record and of all that it names, with the names that lead to each.
  package func allTerms(_ path: [String] = []) -> [(term: SPFTree.Term, name: String, path: [String])] {
    terms.flatMap { term in
      [(term, name, path)] + term.nodes.flatMap { $0.allTerms(path + [name]) }
    }
  }
}

/// What is wrong with the syntax of a term, as a code of which there are texts.
struct SPFTermMistake: Sendable, Hashable {
  enum Cause: String, Sendable, CaseIterable {
    case unknownMechanism = "unknown-mechanism"
    case address = "spf-address"
    case prefix = "spf-prefix"
    case noDomain = "spf-no-domain"
    case domain = "spf-domain"
    case macro = "spf-macro"
    case joined = "spf-joined"
    case argument = "spf-argument"
    case characters = "spf-characters"
  }

  let cause: Cause

  /// Whether two terms, in lower case, stand next to each other without a space.
  static func isJoined(_ term: String) -> Bool {
    let rest = term.dropFirst()
    if ["include:", "ip4:", "ip6:", "redirect=", "v=spf1"].contains(where: { rest.dropFirst().contains($0) }) {
      return true
    }
    return term.contains(":") && ["-all", "~all", "?all", "+all"].contains { term.hasSuffix($0) }
  }

  init(cause: Cause) { self.cause = cause }

  init(_ term: String, _ error: SPFSyntaxError) {
    let text = term.lowercased()
    let rest = text.first.map { "+-~?".contains($0) } == true ? text.dropFirst() : text[...]
    let name = rest.prefix { $0 != ":" && $0 != "/" && $0 != "=" }
    if !term.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
      cause = .characters
    } else if error.cause.contains("macro") {
      cause = .macro
    } else if error.cause.contains("prefix length") {
      cause = .prefix
    } else if name == "ip4" || name == "ip6" {
      cause = .address
    } else if name == "all" {
      cause = .argument
    } else if error.cause.contains("lacks a domain") {
      cause = .noDomain
    } else if ["include", "a", "mx", "ptr", "exists", "redirect", "exp"].contains(name) {
      cause = .domain
    } else {
      cause = .unknownMechanism
    }
  }
}
