/// Row ids by key, bounded in entries and bytes. A full cache is emptied.
struct IDCache<Key: Hashable> {
  private var ids: [Key: Int64] = [:]
  private var bytes = 0
  private let entryLimit: Int
  private let byteLimit: Int

  /// Creates an empty cache.
  /// - Parameters:
  ///   - entries: maximum number of keys.
  ///   - bytes: maximum size of the keys' texts.
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
