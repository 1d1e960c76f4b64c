/// Counts the distinct partners of each key.
struct DistinctCounts {
  private(set) var counts: [Int32]

  /// - Parameter pairs: `key << 32 | partner`, see ``pair(_:_:)``.
  init(_ pairs: some Sequence<UInt64>, keys: Int) {
    var pairs = Array(pairs)
    self.init(sorting: &pairs, keys: keys)
  }

  /// Counts in place: the pairs are sorted afterwards.
  init(sorting pairs: inout [UInt64], keys: Int) {
    var counts = [Int32](repeating: 0, count: keys)
    RadixSort.sort(&pairs) { $0 }
    var last: UInt64?
    for pair in pairs where pair != last {
      counts[Int(pair >> 32)] += 1
      last = pair
    }
    self.counts = counts
  }

  static func pair(_ key: Int32, _ partner: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: key)) << 32 | UInt64(UInt32(bitPattern: partner))
  }
}
