import DMARC

/// An evaluation of an SPF record for all addresses of one family.
///
/// Addresses with the same number of lookups so far form one class. The limits of RFC 7208 §4.6.4 apply to each address on its own
/// path, which may end early for one address and pass through every include for another.
final class SPFWalk {
  /// The lookups on the path so far.
  struct Cost: Hashable {
    var lookUps = 0
    var voidLookups = 0
  }

  /// Addresses that a term authorises.
  struct Piece {
    var cost: Cost
    var addresses: AddressSet
    var path: [DomainName]
    var term: String
    var isEverybody: Bool
    var isOnlyMeant = false
  }

  /// The results, with the addresses that they apply to.
  struct Result {
    var pass: [Piece] = []
    /// Fail, softfail or neutral, which is no match for an include.
    var others: [Cost: AddressSet] = [:]
    var permerror = AddressSet()
    var temperror = AddressSet()
  }

  static let mostLookUpsAllowed = 10
  static let mostVoidsAllowed = 2
  static let mostExchanges = 10
  /// The maximum number of records in one walk. No single address may follow more than ten.
  private static let mostRecords = 200

  private let domain: DomainName
  private let isIPv6: Bool
  private let answers: (DNSQuestion) -> DNSAnswer?
  private var width: Int { isIPv6 ? 128 : 32 }
  private var records = 0

  private(set) var missing: Set<DNSQuestion> = []
  private(set) var errors: [String] = []
  private(set) var dynamicTerms: [String] = []
  private(set) var mostLookUps = 0
  private(set) var mostVoids = 0
  private(set) var record: String?
  private(set) var hasNoRecord = false

  init(_ domain: DomainName, isIPv6: Bool, _ answers: @escaping (DNSQuestion) -> DNSAnswer?) {
    self.domain = domain
    self.isIPv6 = isIPv6
    self.answers = answers
  }

  func run() -> Result { check(domain.name, [domain], [Cost(): AddressSet(AddressRange.all(width))]) }

  // MARK: One record

  private func check(_ name: String, _ path: [DomainName], _ classes: [Cost: AddressSet]) -> Result {
    var result = Result()
    let everything = Self.union(classes)
    records += 1
    guard records <= Self.mostRecords else {
      note(name, "more than \(Self.mostRecords) records are reached")
      result.permerror = everything
      return result
    }
    let record: SPFRecord
    switch load(name, isFirst: path.count == 1) {
    case .missing:
      // Continues as if nothing matched, to collect further questions.
      result.others = classes
      return result
    case .temperror:
      result.temperror = everything
      return result
    case .permerror:
      result.permerror = everything
      return result
    case .found(let found): record = found
    case .several(let records):
      // Receivers get a permanent error, but the owner means what any of them authorises.
      for record in records {
        var undecided = classes
        apply(record, name, path, &undecided, &result)
      }
      for index in result.pass.indices { result.pass[index].isOnlyMeant = true }
      result.permerror = everything
      return result
    }
    var undecided = classes
    apply(record, name, path, &undecided, &result)
    if !undecided.isEmpty, let target = record.redirect, !record.hasAll {
      redirect(target, name, path, undecided, &result)
    } else {
      Self.merge(undecided, into: &result.others)
    }
    return result
  }

  private func apply(
    _ record: SPFRecord, _ name: String, _ path: [DomainName], _ undecided: inout [Cost: AddressSet],
    _ result: inout Result
  ) {
    for directive in record.directives where !undecided.isEmpty {
      apply(directive, name, path, &undecided, &result)
    }
  }

  /// The maximum number of records of one name that are evaluated.
  private static let mostAtOnce = 3

  private enum Loaded {
    case found(SPFRecord)
    case several([SPFRecord])
    case missing, permerror, temperror
  }

  private func load(_ name: String, isFirst: Bool) -> Loaded {
    let question = DNSQuestion(name, .txt)
    guard question.isAskable else { return noRecord(name, isFirst) }
    guard let answer = ask(question) else { return .missing }
    guard answer.status != .failure else {
      note(name, "its TXT records could not be looked up")
      return .temperror
    }
    let texts = SPFRecord.select(answer.values)
    if isFirst { self.record = texts.first }
    guard let text = texts.first else { return noRecord(name, isFirst) }
    guard texts.count == 1 else {
      note(name, "there is more than one SPF record")
      return isFirst ? .several(texts.prefix(Self.mostAtOnce).compactMap { try? SPFRecord(parsing: $0) }) : .permerror
    }
    do {
      return .found(try SPFRecord(parsing: text))
    } catch {
      note(name, error.cause)
      return .permerror
    }
  }

  private func noRecord(_ name: String, _ isFirst: Bool) -> Loaded {
    note(name, "there is no SPF record")
    if isFirst { hasNoRecord = true }
    return .permerror
  }

  // MARK: One term

  private func apply(
    _ directive: SPFRecord.Directive, _ name: String, _ path: [DomainName], _ undecided: inout [Cost: AddressSet],
    _ result: inout Result
  ) {
    switch directive.mechanism {
    case .all: decide(directive, path, AddressSet(AddressRange.all(width)), &undecided, &result)
    case .ip4(let lower, let length):
      if !isIPv6 {
        decide(directive, path, AddressSet(AddressRange(lower, length: length, width: 32)), &undecided, &result)
      }
    case .ip6(let lower, let length):
      if isIPv6 {
        decide(directive, path, AddressSet(AddressRange(lower, length: length, width: 128)), &undecided, &result)
      }
    case .ptr, .exists:
      count(name, directive.text, &undecided, &result)
      dynamicTerms.append("\(name): \(directive.text)")
    case .include(let spec): include(spec, directive, name, path, &undecided, &result)
    case .a(let spec, let prefixes):
      count(name, directive.text, &undecided, &result)
      guard let target = target(spec, directive, name) else { return }
      match(addresses(target), prefixes, directive, name, path, &undecided, &result)
    case .mx(let spec, let prefixes):
      count(name, directive.text, &undecided, &result)
      guard let target = target(spec, directive, name) else { return }
      match(exchanges(target, name), prefixes, directive, name, path, &undecided, &result)
    }
  }

  /// The domain of a term; nil if it depends on the message, which is recorded.
  private func target(_ spec: String?, _ directive: SPFRecord.Directive, _ name: String) -> String? {
    guard let spec else { return name }
    switch SPFDomainSpec.expand(spec, current: name, sender: domain.name) {
    case .fixed(let target): return target
    case .dynamic:
      dynamicTerms.append("\(name): \(directive.text)")
      return nil
    }
  }

  /// Removes the matching addresses from the undecided ones.
  private func decide(
    _ directive: SPFRecord.Directive, _ path: [DomainName], _ matching: AddressSet,
    _ undecided: inout [Cost: AddressSet], _ result: inout Result
  ) {
    for (cost, addresses) in undecided {
      let hit = addresses.intersection(matching)
      if hit.isEmpty { continue }
      let rest = addresses.subtracting(matching)
      undecided[cost] = rest.isEmpty ? nil : rest
      if directive.qualifier == .pass {
        let isEverybody = directive.mechanism == .all
        result.pass.append(
          Piece(cost: cost, addresses: hit, path: path, term: directive.text, isEverybody: isEverybody))
      } else {
        result.others[cost] = (result.others[cost] ?? AddressSet()).union(hit)
      }
    }
  }

  /// Counts a term that needs a lookup. Evaluation ends for addresses that have used ten lookups already.
  private func count(
    _ name: String, _ term: String, _ undecided: inout [Cost: AddressSet], _ result: inout Result
  ) {
    var next: [Cost: AddressSet] = [:]
    for (cost, addresses) in undecided {
      let after = Cost(lookUps: cost.lookUps + 1, voidLookups: cost.voidLookups)
      mostLookUps = max(mostLookUps, after.lookUps)
      if after.lookUps > Self.mostLookUpsAllowed {
        note(name, "\"\(term)\" would be lookup number \(after.lookUps), but \(Self.mostLookUpsAllowed) are allowed")
        result.permerror = result.permerror.union(addresses)
      } else {
        next[after] = (next[after] ?? AddressSet()).union(addresses)
      }
    }
    undecided = next
  }

  /// Counts a void lookup. Evaluation ends at the third.
  private func countVoid(_ name: String, _ term: String, _ undecided: inout [Cost: AddressSet], _ result: inout Result)
  {
    var next: [Cost: AddressSet] = [:]
    for (cost, addresses) in undecided {
      let after = Cost(lookUps: cost.lookUps, voidLookups: cost.voidLookups + 1)
      mostVoids = max(mostVoids, after.voidLookups)
      if after.voidLookups > Self.mostVoidsAllowed {
        note(
          name,
          "\"\(term)\" is void lookup number \(after.voidLookups), but \(Self.mostVoidsAllowed) are allowed"
        )
        result.permerror = result.permerror.union(addresses)
      } else {
        next[after] = (next[after] ?? AddressSet()).union(addresses)
      }
    }
    undecided = next
  }

  // MARK: Terms that look up addresses

  private enum Found {
    case addresses([IPAddress])
    case nothing, missing, temperror
    case permerror(String)
  }

  private func addresses(_ name: String) -> Found {
    let question = DNSQuestion(name, isIPv6 ? .aaaa : .a)
    // A name that cannot be queried has no addresses (RFC 7208 §4.8).
    guard question.isAskable else { return .addresses([]) }
    guard let answer = ask(question) else { return .missing }
    if answer.status == .failure { return .temperror }
    let found = answer.addresses.filter { $0.isIPv6 == isIPv6 }
    return answer.isVoid || found.isEmpty ? .nothing : .addresses(found)
  }

  private func exchanges(_ target: String, _ name: String) -> Found {
    let question = DNSQuestion(target, .mx)
    guard question.isAskable else { return .addresses([]) }
    guard let answer = ask(question) else { return .missing }
    if answer.status == .failure { return .temperror }
    let names = answer.exchanges
    if answer.isVoid || names.isEmpty { return .nothing }
    guard names.count <= Self.mostExchanges else {
      return .permerror("\(target) has \(names.count) MX records, and \(Self.mostExchanges) are allowed")
    }
    var all: [IPAddress] = []
    var isMissing = false
    for exchange in names {
      switch addresses(exchange) {
      case .addresses(let found): all += found
      case .nothing, .permerror: break
      case .missing: isMissing = true
      case .temperror: return .temperror
      }
    }
    return isMissing ? .missing : .addresses(all)
  }

  private func match(
    _ found: Found, _ prefixes: SPFPrefixes, _ directive: SPFRecord.Directive, _ name: String, _ path: [DomainName],
    _ undecided: inout [Cost: AddressSet], _ result: inout Result
  ) {
    switch found {
    case .missing: break
    case .nothing: countVoid(name, directive.text, &undecided, &result)
    case .temperror:
      note(name, "\"\(directive.text)\" could not be looked up")
      result.temperror = result.temperror.union(Self.union(undecided))
      undecided = [:]
    case .permerror(let cause):
      note(name, cause)
      result.permerror = result.permerror.union(Self.union(undecided))
      undecided = [:]
    case .addresses(let addresses):
      let length = isIPv6 ? prefixes.v6 : prefixes.v4
      let ranges = addresses.map { AddressRange(AddressRange.number(of: $0), length: length, width: width) }
      decide(directive, path, AddressSet(ranges), &undecided, &result)
    }
  }

  // MARK: Other records

  private func include(
    _ spec: String, _ directive: SPFRecord.Directive, _ name: String, _ path: [DomainName],
    _ undecided: inout [Cost: AddressSet], _ result: inout Result
  ) {
    count(name, directive.text, &undecided, &result)
    guard !undecided.isEmpty, let target = target(spec, directive, name) else { return }
    let inner = check(target, path + [DomainName(target)].compactMap { $0 }, undecided)
    result.permerror = result.permerror.union(inner.permerror)
    result.temperror = result.temperror.union(inner.temperror)
    for piece in inner.pass {
      if directive.qualifier == .pass {
        result.pass.append(piece)
      } else {
        result.others[piece.cost] = (result.others[piece.cost] ?? AddressSet()).union(piece.addresses)
      }
    }
    undecided = inner.others
  }

  private func redirect(
    _ spec: String, _ name: String, _ path: [DomainName], _ classes: [Cost: AddressSet], _ result: inout Result
  ) {
    var undecided = classes
    let term = "redirect=\(spec)"
    count(name, term, &undecided, &result)
    guard !undecided.isEmpty else { return }
    guard case .fixed(let target) = SPFDomainSpec.expand(spec, current: name, sender: domain.name) else {
      dynamicTerms.append("\(name): \(term)")
      Self.merge(undecided, into: &result.others)
      return
    }
    let inner = check(target, path + [DomainName(target)].compactMap { $0 }, undecided)
    result.pass += inner.pass
    result.permerror = result.permerror.union(inner.permerror)
    result.temperror = result.temperror.union(inner.temperror)
    Self.merge(inner.others, into: &result.others)
  }

  // MARK: Bookkeeping

  private func ask(_ question: DNSQuestion) -> DNSAnswer? {
    if let answer = answers(question) { return answer }
    missing.insert(question)
    return nil
  }

  private func note(_ name: String, _ cause: String) {
    let text = "\(name): \(cause)"
    if !errors.contains(text) { errors.append(text) }
  }

  private static func union(_ classes: [Cost: AddressSet]) -> AddressSet {
    AddressSet(classes.values.flatMap(\.ranges))
  }

  private static func merge(_ classes: [Cost: AddressSet], into sum: inout [Cost: AddressSet]) {
    for (cost, addresses) in classes { sum[cost] = (sum[cost] ?? AddressSet()).union(addresses) }
  }
}
