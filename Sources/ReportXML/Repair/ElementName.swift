/// The name of an element in damaged text, parsed once.
struct ElementName {
  /// The name as written, with its prefix.
  let written: String
  let prefix: String
  let local: String
  /// The local name in lower case.
  let folded: String
  /// Its number in ``Grammar/names``, or ``Grammar/unknownName``.
  let number: Int

  var isKnown: Bool { number != Grammar.unknownName }

  init(_ written: String) {
    let parts = written.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: true)
    self.written = written
    prefix = parts.count == 2 ? String(parts[0]) : ""
    local = parts.last.map(String.init) ?? written
    folded = local.lowercased()
    number = Grammar.numbers[folded] ?? Grammar.unknownName
  }
}

/// A cache of parsed names: a report has few, and repeats them millions of times.
struct ElementNameCache {
  private var names: [[UInt8]: ElementName] = [:]
  private static let limit = 2_000

  mutating func name(of bytes: ArraySlice<UInt8>) -> ElementName {
    let key = Array(bytes.prefix(200))
    if let known = names[key] { return known }
    if names.count >= Self.limit { names.removeAll() }
    let name = ElementName(String(decoding: key, as: UTF8.self))
    names[key] = name
    return name
  }
}
