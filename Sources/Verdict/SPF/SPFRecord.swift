/// An SPF record taken apart (RFC 7208 §4.5, §5, §12).
struct SPFRecord: Sendable, Hashable {
  /// The mechanisms in order.
  var directives: [Directive] = []
  /// The target of `redirect=`.
  var redirect: String?

  /// A mechanism with its qualifier.
  struct Directive: Sendable, Hashable {
    var qualifier: Qualifier
    var mechanism: Mechanism
    /// As it is written, for people.
    var text: String
  }

  /// What a match means.
  enum Qualifier: Character, Sendable, Hashable {
    case pass = "+"
    case fail = "-"
    case softfail = "~"
    case neutral = "?"
  }

  enum Mechanism: Sendable, Hashable {
    case all
    case include(String)
    case a(String?, SPFPrefixes)
    case mx(String?, SPFPrefixes)
    case ptr
    case ip4(lower: UInt128, length: Int)
    case ip6(lower: UInt128, length: Int)
    case exists(String)
  }

  /// Whether one of the mechanisms is `all`; `redirect=` counts only without (RFC 7208 §6.1).
  var hasAll: Bool { directives.contains { $0.mechanism == .all } }
}

/// Prefix lengths that `a` and `mx` put on the addresses they find, in bits.
struct SPFPrefixes: Sendable, Hashable {
  var v4 = 32
  var v6 = 128
}

/// What is wrong with an SPF record.
struct SPFSyntaxError: Error, Hashable {
  /// A sentence with the term.
  let cause: String
}

extension SPFRecord {
  /// The SPF record among the TXT records of a name: none, exactly one, or too many.
  static func select(_ texts: [String]) -> [String] {
    texts.filter { text in
      let lower = text.lowercased()
      return lower == "v=spf1" || lower.hasPrefix("v=spf1 ")
    }
  }

  /// Reads a record. An error anywhere spoils it all (RFC 7208 §4.6).
  init(parsing text: String) throws(SPFSyntaxError) {
    guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw SPFSyntaxError(cause: "the record has characters that are no visible ASCII")
    }
    var hasExplanation = false
    for term in text.split(separator: " ").dropFirst() {
      if let (name, value) = Self.modifier(term) {
        switch name {
        case "redirect":
          guard redirect == nil else { throw SPFSyntaxError(cause: "there is more than one redirect=") }
          redirect = try SPFDomainSpec.check(value, in: term)
        case "exp":
          guard !hasExplanation else { throw SPFSyntaxError(cause: "there is more than one exp=") }
          hasExplanation = true
          _ = try SPFDomainSpec.check(value, in: term)
        default: try SPFDomainSpec.checkMacros(value, in: term)
        }
      } else {
        directives.append(try Self.directive(term))
      }
    }
  }

  /// `name=value`, where the name is one (RFC 7208 §12: a letter, then letters, digits, `-`, `_`, `.`).
  private static func modifier(_ term: Substring) -> (name: String, value: Substring)? {
    guard let equals = term.firstIndex(of: "="), let first = term.first, first.isLetter else { return nil }
    let name = term[..<equals]
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else { return nil }
    return (name.lowercased(), term[term.index(after: equals)...])
  }

  private static func directive(_ term: Substring) throws(SPFSyntaxError) -> Directive {
    var rest = term
    var qualifier = Qualifier.pass
    if let sign = rest.first.flatMap(Qualifier.init) {
      qualifier = sign
      rest = rest.dropFirst()
    }
    let end = rest.firstIndex { $0 == ":" || $0 == "/" } ?? rest.endIndex
    let mechanism = try mechanism(rest[..<end].lowercased(), rest[end...], term)
    return Directive(qualifier: qualifier, mechanism: mechanism, text: String(term))
  }

  private static func mechanism(
    _ name: String, _ argument: Substring, _ term: Substring
  ) throws(SPFSyntaxError) -> Mechanism {
    func domain() throws(SPFSyntaxError) -> String {
      guard argument.first == ":" else { throw SPFSyntaxError(cause: "\"\(term)\" lacks a domain") }
      return try SPFDomainSpec.check(argument.dropFirst(), in: term)
    }
    switch name {
    case "all":
      guard argument.isEmpty else { throw SPFSyntaxError(cause: "\"\(term)\": all takes nothing behind it") }
      return .all
    case "include": return .include(try domain())
    case "exists": return .exists(try domain())
    case "ptr":
      if !argument.isEmpty { _ = try domain() }
      return .ptr
    case "a", "mx":
      let (name, prefixes) = try target(argument, term)
      return name.isA ? .a(name.domain, prefixes) : .mx(name.domain, prefixes)
    case "ip4", "ip6": return try network(argument, isIPv6: name == "ip6", term)
    default: throw SPFSyntaxError(cause: "\"\(term)\" is no mechanism")
    }
    /// `[":" domain-spec] ["/" length] ["//" length]`
    func target(_ argument: Substring, _ term: Substring) throws(SPFSyntaxError) -> (
      (isA: Bool, domain: String?), SPFPrefixes
    ) {
      var (spec, prefixes) = (argument, SPFPrefixes())
      if let (head, length) = try cut(spec, "//", 128, term) { (spec, prefixes.v6) = (head, length) }
      if let (head, length) = try cut(spec, "/", 32, term) { (spec, prefixes.v4) = (head, length) }
      let isA = name == "a"
      guard !spec.isEmpty else { return ((isA, nil), prefixes) }
      guard spec.first == ":" else { throw SPFSyntaxError(cause: "\"\(term)\" is not understood") }
      return ((isA, try SPFDomainSpec.check(spec.dropFirst(), in: term)), prefixes)
    }
  }

  /// Cuts a prefix length off the end; nil where there is none.
  private static func cut(
    _ text: Substring, _ mark: String, _ most: Int, _ term: Substring
  ) throws(SPFSyntaxError) -> (Substring, Int)? {
    let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.count
    let head = text.dropLast(digits)
    guard head.hasSuffix(mark), !(mark == "/" && head.hasSuffix("//")) else {
      // A slash at the end with nothing behind it is no length, and no domain ends so.
      if mark == "/", text.hasSuffix("/") { throw SPFSyntaxError(cause: "\"\(term)\" lacks a prefix length") }
      return nil
    }
    return (head.dropLast(mark.count), try prefixLength(text.suffix(digits), most, term))
  }

  private static func prefixLength(_ digits: Substring, _ most: Int, _ term: Substring) throws(SPFSyntaxError) -> Int {
    guard let length = Int(digits), length <= most, digits == "\(length)" else {
      throw SPFSyntaxError(cause: "\"\(term)\" has no prefix length of 0 to \(most)")
    }
    return length
  }

  private static func network(_ argument: Substring, isIPv6: Bool, _ term: Substring) throws(SPFSyntaxError)
    -> Mechanism
  {
    let parts = argument.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let most = isIPv6 ? 128 : 32
    guard argument.first == ":", let first = parts.first, let address = AddressRange.parse(first, isIPv6: isIPv6) else {
      throw SPFSyntaxError(cause: "\"\(term)\" has no \(isIPv6 ? "IPv6" : "IPv4") address")
    }
    let length = parts.count == 2 ? try prefixLength(parts[1], most, term) : most
    let lower = AddressRange(address, length: length, width: most).lower
    return isIPv6 ? .ip6(lower: lower, length: length) : .ip4(lower: lower, length: length)
  }
}
