/// Counts the distinct partners of each key.
struct DistinctCounts {
  private(set) var counts: [Int32]

  /// - Parameter pairs: `key << 32 | partner`, see ``pair(_:_:)``.
  init(_ pairs: some Sequence<UInt64>, keys: Int) {
    var counts = [Int32](repeating: 0, count: keys)
    var last: UInt64?
    for pair in pairs.sorted() where pair != last {
      counts[Int(pair >> 32)] += 1
      last = pair
    }
    self.counts = counts
  }

  static func pair(_ key: Int32, _ partner: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: key)) << 32 | UInt64(UInt32(bitPattern: partner))
  }
}
