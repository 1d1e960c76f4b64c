/// Row ids by what they stand for, as many as fit into a number of entries and of bytes; a full cache is emptied.
struct IDCache<Key: Hashable> {
  private var ids: [Key: Int64] = [:]
  private var bytes = 0
  private let entryLimit: Int
  private let byteLimit: Int

  /// A cache of at most so many entries.
  /// - Parameter byteLimit: bytes of the keys' texts.
  init(entries: Int = 60_000, bytes: Int = 4 << 20) {
    entryLimit = entries
    byteLimit = bytes
  }

  subscript(_ key: Key) -> Int64? { ids[key] }

  /// - Parameter weight: bytes of the key's texts.
  mutating func remember(_ id: Int64, for key: Key, weight: Int = 0) {
    if ids.count >= entryLimit || bytes + weight > byteLimit { clear() }
    if ids.updateValue(id, forKey: key) == nil { bytes += weight }
  }

  mutating func clear() {
    ids.removeAll(keepingCapacity: true)
    bytes = 0
  }
}
