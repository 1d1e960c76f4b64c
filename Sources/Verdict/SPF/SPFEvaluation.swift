package import DMARC

/// What SPF says about one client and sender: `check_host()` of RFC 7208 §4.
package struct SPFEvaluation: Sendable, Hashable {
  /// The results (RFC 7208 §2.6). The raw values are printed.
  package enum Result: String, Sendable, Hashable {
    case none, neutral, pass, fail, softfail, temperror, permerror
  }

  /// The client, and who it says it is.
  package struct Client: Sendable, Hashable {
    package var address: IPAddress
    /// The local part and the domain of the envelope sender; `postmaster` and the HELO name if it is empty.
    package var localPart: String
    package var domain: DomainName
    /// The name in HELO; empty if it is not known.
    package var helo: String

    /// Creates a client.
    package init(address: IPAddress, localPart: String, domain: DomainName, helo: String) {
      (self.address, self.localPart, self.domain, self.helo) = (address, localPart, domain, helo)
    }
  }

  /// The result; nil as long as answers are missing.
  package private(set) var result: Result?
  /// The questions whose answers are needed next.
  package private(set) var missing: Set<DNSQuestion> = []
  /// The term that decided, and the domain of its record; nil if none did.
  package private(set) var term: String?
  package private(set) var record: String?

  /// Evaluates the record of the client's domain.
  /// - Parameter answers: the answer to a question; nil if it is not known yet.
  package init(_ client: Client, answers: @escaping (DNSQuestion) -> DNSAnswer?) {
    var check = SPFHostCheck(client, answers)
    do throws(SPFHostCheck.Stop) {
      result = try check.result(client.domain.name)
      (term, record) = (check.term, check.record)
    } catch {
      switch error {
      case .missing(let questions): missing = questions
      case .temperror: result = .temperror
      case .permerror(let term, let record): (result, self.term, self.record) = (.permerror, term, record)
      }
    }
  }
}

/// The evaluation of records for one client, as far as answers are known.
private struct SPFHostCheck {
  enum Stop: Error {
    case missing(Set<DNSQuestion>)
    case temperror
    case permerror(term: String?, record: String?)
  }

  private let client: SPFEvaluation.Client
  private let answers: (DNSQuestion) -> DNSAnswer?
  private var lookUps = 0
  private var voids = 0
  /// The term that is being evaluated, and then the one that decided.
  private(set) var term, record: String?

  private static let mostNames = 10

  init(_ client: SPFEvaluation.Client, _ answers: @escaping (DNSQuestion) -> DNSAnswer?) {
    (self.client, self.answers) = (client, answers)
  }

  mutating func result(_ domain: String) throws(Stop) -> SPFEvaluation.Result {
    let question = DNSQuestion(domain, .txt)
    guard question.isAskable, domain.contains(".") else { return .none }
    let texts = SPFRecord.select(try ask(question, countsVoid: false).values)
    guard let text = texts.first else { return .none }
    let parsed = try? SPFRecord(parsing: text)
    guard texts.count == 1, let parsed else { throw .permerror(term: nil, record: domain) }
    for directive in parsed.directives {
      (term, record) = (directive.text, domain)
      guard try matches(directive.mechanism, domain) else { continue }
      (term, record) = (directive.text, domain)
      switch directive.qualifier {
      case .pass: return .pass
      case .fail: return .fail
      case .softfail: return .softfail
      case .neutral: return .neutral
      }
    }
    guard !parsed.hasAll, let redirect = parsed.redirect else {
      (term, record) = (nil, domain)
      return .neutral
    }
    (term, record) = ("redirect=\(redirect)", domain)
    try countLookUp()
    let result = try result(try target(redirect, domain))
    guard result != .none else { throw permanent }
    return result
  }

  private var permanent: Stop { .permerror(term: term, record: record) }

  private mutating func matches(_ mechanism: SPFRecord.Mechanism, _ domain: String) throws(Stop) -> Bool {
    switch mechanism {
    case .all: return true
    case .ip4(let lower, let length):
      return !client.address.isIPv6 && isWithin(AddressRange(lower, length: length, width: 32))
    case .ip6(let lower, let length):
      return client.address.isIPv6 && isWithin(AddressRange(lower, length: length, width: 128))
    case .include(let spec):
      try countLookUp()
      switch try result(try target(spec, domain)) {
      case .pass: return true
      case .none: throw permanent
      default: return false
      }
    case .a(let spec, let prefixes):
      try countLookUp()
      return try isAmong(try addresses(try target(spec, domain)), prefixes)
    case .mx(let spec, let prefixes):
      try countLookUp()
      return try isAmong(try exchangeAddresses(try target(spec, domain)), prefixes)
    case .ptr(let spec):
      try countLookUp()
      let target = try target(spec, domain)
      return try validatedNames().contains { $0 == target || $0.hasSuffix("." + target) }
    case .exists(let spec):
      try countLookUp()
      let question = DNSQuestion(try target(spec, domain), .a)
      guard question.isAskable else { return false }
      return try !ask(question).addresses.isEmpty
    }
  }

  // MARK: Addresses

  private func isWithin(_ range: AddressRange) -> Bool {
    (range.lower...range.upper).contains(AddressRange.number(of: client.address))
  }

  private func isAmong(_ addresses: [IPAddress], _ prefixes: SPFPrefixes) throws(Stop) -> Bool {
    let (length, width) = client.address.isIPv6 ? (prefixes.v6, 128) : (prefixes.v4, 32)
    return addresses.contains { isWithin(AddressRange(AddressRange.number(of: $0), length: length, width: width)) }
  }

  private mutating func addresses(_ name: String, countsVoid: Bool = true) throws(Stop) -> [IPAddress] {
    let question = DNSQuestion(name, client.address.isIPv6 ? .aaaa : .a)
    guard question.isAskable else { return [] }
    return try ask(question, countsVoid: countsVoid).addresses.filter { $0.isIPv6 == client.address.isIPv6 }
  }

  private mutating func exchangeAddresses(_ name: String) throws(Stop) -> [IPAddress] {
    let question = DNSQuestion(name, .mx)
    guard question.isAskable else { return [] }
    let names = try ask(question).exchanges
    guard names.count <= SPFWalk.mostExchanges else { throw permanent }
    // The addresses of all of them are asked for together.
    var all: [IPAddress] = []
    var missing: Set<DNSQuestion> = []
    for name in names {
      do throws(Stop) { all += try addresses(name, countsVoid: false) } catch {
        guard case .missing(let questions) = error else { throw error }
        missing.formUnion(questions)
      }
    }
    guard missing.isEmpty else { throw .missing(missing) }
    return all
  }

  /// The validated names of the client: those that resolve to its address (RFC 7208 §5.5). Names whose lookup fails are left out.
  private mutating func validatedNames() throws(Stop) -> [String] {
    let names = try failing { check throws(Stop) in
      try check.ask(DNSQuestion(hostNameOf: check.client.address), countsVoid: false).values
    }
    var valid: [String] = []
    for name in names.prefix(Self.mostNames) {
      let addresses = try failing { check throws(Stop) in try check.addresses(name, countsVoid: false) }
      if addresses.contains(client.address) { valid.append(DNSQuestion(name, .a).name) }
    }
    return valid
  }

  private mutating func failing<Value>(
    _ body: (inout SPFHostCheck) throws(Stop) -> [Value]
  ) throws(Stop) -> [Value] {
    do throws(Stop) { return try body(&self) } catch {
      if case .temperror = error { return [] }
      throw error
    }
  }

  // MARK: Names

  private mutating func target(_ spec: String?, _ domain: String) throws(Stop) -> String {
    guard let spec else { return domain }
    // The value of %{p} needs lookups, so it is only found if it is there.
    let name = spec.lowercased().contains("%{p") ? try clientName(domain) : ""
    let client = client
    return SPFDomainSpec.expand(spec) { letter in
      switch letter {
      case "s": "\(client.localPart)@\(client.domain.name)"
      case "l": client.localPart
      case "o": client.domain.name
      case "d": domain
      case "i": Self.dotted(client.address)
      case "v": client.address.isIPv6 ? "ip6" : "in-addr"
      case "h": client.helo
      default: name
      }
    }
  }

  /// The value of `%{p}` (RFC 7208 §7.3).
  private mutating func clientName(_ domain: String) throws(Stop) -> String {
    let names = try validatedNames()
    return names.first { $0 == domain } ?? names.first { $0.hasSuffix("." + domain) } ?? names.first ?? "unknown"
  }

  /// An IPv4 address as usual, the digits of an IPv6 address with dots (RFC 7208 §7.3).
  private static func dotted(_ address: IPAddress) -> String {
    guard address.isIPv6 else { return "\(address)" }
    return address.networkBytes.flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined(separator: ".")
  }

  // MARK: Limits

  private mutating func countLookUp() throws(Stop) {
    lookUps += 1
    guard lookUps <= SPFWalk.mostLookUpsAllowed else { throw permanent }
  }

  private mutating func ask(_ question: DNSQuestion, countsVoid: Bool = true) throws(Stop) -> DNSAnswer {
    guard let answer = answers(question) else { throw .missing([question]) }
    guard answer.status != .failure else { throw .temperror }
    if answer.isVoid, countsVoid {
      voids += 1
      guard voids <= SPFWalk.mostVoidsAllowed else { throw permanent }
    }
    return answer
  }
}
