/// Distinct row ids. A single one is stored in place. Few of them are in a set; many of them are bits by position as soon as this takes less memory.
struct RowSet {
  private var few: Set<Int64> = []
  private var bits: [UInt64] = []
  private var countOfBits = 0
  /// The id that was inserted last: rows about one source often follow each other.
  private var last: Int64?
  private var isSingle = false

  private var largest: Int64 = 0

  /// At most this number of ids, and at most one in so many, is in a set, where an id takes about 16 bytes.
  private static let mostFew = 1_024
  private static let sparse = 128
  private static let mostDense: Int64 = 16_000_000

  /// The number of ids.
  var count: Int { isSingle ? 1 : few.count + countOfBits }

  mutating func insert(_ id: Int64) {
    guard id != last else { return }
    if let last {
      if isSingle { add(last) }
      isSingle = false
      add(id)
    } else {
      isSingle = true
    }
    last = id
  }

  private mutating func add(_ id: Int64) {
    if bits.isEmpty || id < 0 || id >= Self.mostDense {
      few.insert(id)
      if id < Self.mostDense { largest = max(largest, id) }
      if bits.isEmpty, few.count > max(Self.mostFew, Int(largest) / Self.sparse) { spread() }
    } else {
      set(id)
    }
  }

  private mutating func spread() {
    let all = few
    few = []
    bits = Array(repeating: 0, count: Int(largest >> 6) + 1)
    for id in all { if id < 0 || id >= Self.mostDense { few.insert(id) } else { set(id) } }
  }

  private mutating func set(_ id: Int64) {
    let (word, bit) = (Int(id >> 6), UInt64(1) << UInt64(id & 63))
    if word >= bits.count { bits += repeatElement(0, count: max(word + 1 - bits.count, bits.count / 2)) }
    guard bits[word] & bit == 0 else { return }
    bits[word] |= bit
    countOfBits += 1
  }

  /// Calls `body` with each id, in ascending order.
  func forEachID(_ body: (Int64) throws -> Void) rethrows {
    if isSingle, let last { return try body(last) }
    let others = few.sorted()
    for id in others.prefix(while: { $0 < 0 }) { try body(id) }
    // Next to bits there are only ids below or above them.
    for (word, mask) in bits.enumerated() {
      var rest = mask
      while rest != 0 {
        try body(Int64(word * 64 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    for id in others.drop(while: { $0 < 0 }) { try body(id) }
  }
}
