/// The domain-spec of a term, which may contain macros (RFC 7208 §7).
enum SPFDomainSpec {
  /// The result of expanding the macros that do not depend on the client, the sender's local part or HELO.
  enum Expansion: Hashable {
    case fixed(String)
    /// The name depends on the message.
    case dynamic
  }

  /// Checks the syntax: valid macros, and a top label or macro at the end.
  /// - Throws: ``SPFSyntaxError``.
  static func check(_ spec: Substring, in term: Substring) throws(SPFSyntaxError) -> String {
    guard !spec.isEmpty else { throw SPFSyntaxError(cause: "\"\(term)\" lacks a domain") }
    try checkMacros(spec, in: term)
    guard spec.hasSuffix("}") || endsInTopLabel(spec) else {
      throw SPFSyntaxError(cause: "\"\(term)\" has no fully qualified domain name")
    }
    return String(spec)
  }

  /// Checks the macros in a text.
  /// - Throws: ``SPFSyntaxError``.
  static func checkMacros(_ text: Substring, in term: Substring) throws(SPFSyntaxError) {
    guard parts(text) != nil else { throw SPFSyntaxError(cause: "\"\(term)\" contains an invalid macro") }
  }

  /// `"." toplabel ["."]`: letters, digits and inner hyphens, not digits alone.
  private static func endsInTopLabel(_ spec: Substring) -> Bool {
    let text = spec.hasSuffix(".") ? spec.dropLast() : spec
    guard let dot = text.lastIndex(of: ".") else { return false }
    let label = text[text.index(after: dot)...]
    return !label.isEmpty && label.first != "-" && label.last != "-"
      && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
      && label.contains { $0.isLetter || $0 == "-" }
  }

  /// Expands `%{d}` and `%{o}`.
  static func expand(_ spec: String, current: String, sender: String) -> Expansion {
    var result = ""
    for part in parts(spec[...]) ?? [] {
      switch part {
      case .literal(let text): result += text
      case .macro(let macro):
        guard macro.letter == "d" || macro.letter == "o" else { return .dynamic }
        result += macro.transformed(macro.letter == "d" ? current : sender)
      }
    }
    return .fixed(name(result))
  }

  /// Expands all macros.
  /// - Parameter value: the value of a macro letter.
  static func expand<Failure: Error>(
    _ spec: String, value: (Character) throws(Failure) -> String
  ) throws(Failure) -> String {
    var result = ""
    for part in parts(spec[...]) ?? [] {
      switch part {
      case .literal(let text): result += text
      case .macro(let macro): result += macro.transformed(try value(macro.letter))
      }
    }
    return name(result)
  }

  private static func name(_ text: String) -> String {
    var result = text
    while result.hasSuffix(".") { result.removeLast() }
    // A name that is too long loses labels from the left (RFC 7208 §7.3).
    while result.utf8.count > 253, let dot = result.firstIndex(of: ".") {
      result = String(result[result.index(after: dot)...])
    }
    return result.lowercased()
  }

  private enum Part {
    case literal(String)
    case macro(Macro)
  }

  private struct Macro {
    var letter: Character
    var digits: Int?
    var isReversed, isEscaped: Bool
    var delimiters: String

    func transformed(_ value: String) -> String {
      var labels = value.split(omittingEmptySubsequences: false) { delimiters.contains($0) }
      if isReversed { labels.reverse() }
      let text = labels.suffix(digits ?? labels.count).joined(separator: ".")
      return isEscaped ? Self.escaped(text) : text
    }

    /// Everything but unreserved characters as `%hh` (RFC 7208 §7.3, RFC 3986 §2.3).
    private static func escaped(_ text: String) -> String {
      text.utf8.map { byte in
        let isPlain = (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "-._~".utf8.contains(byte)
        return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }.joined()
    }
  }

  /// Parses a macro-string; nil if it is invalid.
  private static func parts(_ text: Substring) -> [Part]? {
    var parts: [Part] = []
    var rest = text
    while let percent = rest.firstIndex(of: "%") {
      parts.append(.literal(String(rest[..<percent])))
      rest = rest[rest.index(after: percent)...]
      switch rest.first {
      case "%": parts.append(.literal("%"))
      case "_": parts.append(.literal(" "))
      case "-": parts.append(.literal("%20"))
      case "{":
        guard let close = rest.firstIndex(of: "}"), let macro = macro(rest[..<close].dropFirst()) else { return nil }
        parts.append(macro)
        rest = rest[close...]
      default: return nil
      }
      rest = rest.dropFirst()
    }
    parts.append(.literal(String(rest)))
    return parts
  }

  /// `macro-letter [digits] ["r"] *delimiter`; `c`, `r` and `t` are for explanations alone.
  private static func macro(_ text: Substring) -> Part? {
    guard let first = text.first, let letter = first.lowercased().first, "slodipvh".contains(letter) else { return nil }
    var rest = text.dropFirst()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    let count = digits.isEmpty ? nil : Int(digits)
    if !digits.isEmpty, count == nil || count == 0 { return nil }
    let isReversed = rest.first.map { $0 == "r" || $0 == "R" } ?? false
    if isReversed { rest = rest.dropFirst() }
    guard rest.allSatisfy({ ".-+,/_=".contains($0) }) else { return nil }
    return .macro(
      Macro(
        letter: letter, digits: count, isReversed: isReversed, isEscaped: first.isUppercase,
        delimiters: rest.isEmpty ? "." : String(rest)))
  }
}
