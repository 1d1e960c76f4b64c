/// A parsed SPF record (RFC 7208 §4.5, §5, §12).
struct SPFRecord: Sendable, Hashable {
  /// The mechanisms in order.
  var directives: [Directive] = []
  /// The target of `redirect=`.
  var redirect: String?

  /// A mechanism with its qualifier.
  struct Directive: Sendable, Hashable {
    var qualifier: Qualifier
    var mechanism: Mechanism
    /// The text of the term, for messages.
    var text: String
  }

  /// The result of a match (RFC 7208 §4.6.2).
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
    case ptr(String?)
    case ip4(lower: UInt128, length: Int)
    case ip6(lower: UInt128, length: Int)
    case exists(String)

    /// Whether it asks for the name of the client, which receivers advise against (RFC 7208 §5.5).
    var isPTR: Bool { if case .ptr = self { true } else { false } }
  }

  /// Whether one of the mechanisms is `all`. Otherwise `redirect=` applies (RFC 7208 §6.1).
  var hasAll: Bool { directives.contains { $0.mechanism == .all } }
}

/// The prefix lengths of `a` and `mx` mechanisms, in bits.
struct SPFPrefixes: Sendable, Hashable {
  var v4 = 32
  var v6 = 128
}

/// A syntax error in an SPF record.
struct SPFSyntaxError: Error, Hashable {
  /// What is wrong, with the term.
  let cause: String
}

extension SPFRecord {
  /// The SPF records among the TXT records of a name (RFC 7208 §4.5). More than one is an error.
  static func select(_ texts: [String]) -> [String] {
    texts.filter { text in
      let lower = text.lowercased()
      return lower == "v=spf1" || lower.hasPrefix("v=spf1 ")
    }
  }

  /// Parses a record. A syntax error anywhere is a permanent error (RFC 7208 §4.6).
  init(parsing text: String) throws(SPFSyntaxError) {
    guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw SPFSyntaxError(cause: "the record contains characters other than visible ASCII")
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

  /// Parses `name=value`; nil if the name is invalid (RFC 7208 §12: a letter, then letters, digits, `-`, `_`, `.`).
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
      guard argument.isEmpty else { throw SPFSyntaxError(cause: "\"\(term)\": all takes no argument") }
      return .all
    case "include": return .include(try domain())
    case "exists": return .exists(try domain())
    case "ptr":
      return .ptr(argument.isEmpty ? nil : try domain())
    case "a", "mx":
      let (name, prefixes) = try target(argument, term)
      return name.isA ? .a(name.domain, prefixes) : .mx(name.domain, prefixes)
    case "ip4", "ip6": return try network(argument, isIPv6: name == "ip6", term)
    default: throw SPFSyntaxError(cause: "\"\(term)\" is not a known mechanism")
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
      guard spec.first == ":" else { throw SPFSyntaxError(cause: "\"\(term)\" cannot be parsed") }
      return ((isA, try SPFDomainSpec.check(spec.dropFirst(), in: term)), prefixes)
    }
  }

  /// Splits a prefix length off the end; nil if there is none.
  private static func cut(
    _ text: Substring, _ mark: String, _ most: Int, _ term: Substring
  ) throws(SPFSyntaxError) -> (Substring, Int)? {
    let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.count
    let head = text.dropLast(digits)
    guard head.hasSuffix(mark), !(mark == "/" && head.hasSuffix("//")) else {
      // A trailing slash is neither a length nor the end of a domain.
      if mark == "/", text.hasSuffix("/") { throw SPFSyntaxError(cause: "\"\(term)\" lacks a prefix length") }
      return nil
    }
    return (head.dropLast(mark.count), try prefixLength(text.suffix(digits), most, term))
  }

  private static func prefixLength(_ digits: Substring, _ most: Int, _ term: Substring) throws(SPFSyntaxError) -> Int {
    guard let length = Int(digits), length <= most, digits == "\(length)" else {
      throw SPFSyntaxError(cause: "\"\(term)\" needs a prefix length of 0 to \(most)")
    }
    return length
  }

  private static func network(_ argument: Substring, isIPv6: Bool, _ term: Substring) throws(SPFSyntaxError)
    -> Mechanism
  {
    let parts = argument.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let most = isIPv6 ? 128 : 32
    guard argument.first == ":", let first = parts.first, let address = AddressRange.parse(first, isIPv6: isIPv6) else {
      throw SPFSyntaxError(cause: "\"\(term)\" has no valid \(isIPv6 ? "IPv6" : "IPv4") address")
    }
    let length = parts.count == 2 ? try prefixLength(parts[1], most, term) : most
    let lower = AddressRange(address, length: length, width: most).lower
    return isIPv6 ? .ip6(lower: lower, length: length) : .ip4(lower: lower, length: length)
  }
}
