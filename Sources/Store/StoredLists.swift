/// A bounded cache of decoded lists by their JSON: the outcomes of one organisation mostly share a few.
struct StoredLists<Entry> {
  private static var maxTexts: Int { 1_000 }
  /// Maximum bytes of a text that is cached.
  private static var mostBytes: Int { 1_024 }

  private let decode: (String) throws -> [Entry]
  private var known: [String: [Entry]] = [:]

  init(_ decode: @escaping (String) throws -> [Entry]) { self.decode = decode }

  mutating func list(_ json: String) throws -> [Entry] {
    if json == "[]" { return [] }
    guard json.utf8.count <= Self.mostBytes else { return try decode(json) }
    if let list = known[json] { return list }
    let list = try decode(json)
    if known.count >= Self.maxTexts { known.removeAll(keepingCapacity: true) }
    known[json] = list
    return list
  }
}
