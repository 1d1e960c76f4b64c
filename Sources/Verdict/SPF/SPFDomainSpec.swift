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
      case .macro(let letter, let digits, let isReversed, let delimiters):
        guard letter == "d" || letter == "o" else { return .dynamic }
        var labels = (letter == "d" ? current : sender).split { delimiters.contains($0) }
        if isReversed { labels.reverse() }
        result += labels.suffix(digits ?? labels.count).joined(separator: ".")
      }
    }
    while result.hasSuffix(".") { result.removeLast() }
    // A name that is too long loses labels from the left (RFC 7208 §7.3).
    while result.utf8.count > 253, let dot = result.firstIndex(of: ".") {
      result = String(result[result.index(after: dot)...])
    }
    return .fixed(result.lowercased())
  }

  private enum Part {
    case literal(String)
    case macro(Character, digits: Int?, isReversed: Bool, delimiters: String)
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
    guard let letter = text.first?.lowercased().first, "slodipvh".contains(letter) else { return nil }
    var rest = text.dropFirst()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    let count = digits.isEmpty ? nil : Int(digits)
    if !digits.isEmpty, count == nil || count == 0 { return nil }
    let isReversed = rest.first.map { $0 == "r" || $0 == "R" } ?? false
    if isReversed { rest = rest.dropFirst() }
    guard rest.allSatisfy({ ".-+,/_=".contains($0) }) else { return nil }
    return .macro(letter, digits: count, isReversed: isReversed, delimiters: rest.isEmpty ? "." : String(rest))
  }
}
