/// Interns byte strings: equal strings get the same small number. Used for every record.
///
/// A hit does not allocate. Hashes are seeded per process, so that a report cannot be crafted to make its records collide.
struct ByteKeyTable: ~Copyable {
  private struct Entry {
    var hash: UInt64
    var offset: Int
    var length: Int
  }

  private var entries: [Entry] = []
  private var keys = ByteBuffer()
  /// Indexes into `entries` plus 1; 0 is free. The size is a power of two, and at most half of the slots are in use.
  private var slots: [Int32] = Array(repeating: 0, count: 256)
  private static let seed = UInt64.random(in: .min ... .max)

  /// The number of bytes in all keys.
  var keyBytes: Int { keys.count }

  mutating func removeAll() {
    guard !entries.isEmpty else { return }
    entries.removeAll(keepingCapacity: true)
    keys.removeAll()
    for index in slots.indices { slots[index] = 0 }
  }

  /// The number of a key, and whether the key is new.
  mutating func number(of key: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
    let hash = Self.hash(key)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if matches(entries[index], hash, key) { return (index, false) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let offset = keys.count
    if let start = key.baseAddress { keys.append(start, count: key.count) }
    entries.append(Entry(hash: hash, offset: offset, length: key.count))
    slots[slot] = Int32(entries.count)
    if entries.count * 2 > slots.count { rehash() }
    return (entries.count - 1, true)
  }

  private func matches(_ entry: Entry, _ hash: UInt64, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
    guard entry.hash == hash, entry.length == key.count else { return false }
    for index in 0..<key.count where keys.base[entry.offset + index] != key[index] { return false }
    return true
  }

  private mutating func rehash() {
    slots = Array(repeating: 0, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index + 1)
    }
  }

  static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var state = seed ^ UInt64(truncatingIfNeeded: key.count)
    let raw = UnsafeRawBufferPointer(key)
    var index = 0
    while index + 8 <= raw.count {
      state = mix(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var tail: UInt64 = 0
    while index < raw.count {
      tail = tail << 8 | UInt64(raw[index])
      index += 1
    }
    return mix(state ^ tail)
  }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low
  }
}
