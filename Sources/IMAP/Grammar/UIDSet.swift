/// A set of unique identifiers (UIDs) of messages, as ranges (RFC 9051 §2.3.1.1, §9 `sequence-set`).
package struct UIDSet: Sendable, Hashable {
  /// Ranges in ascending order; no two overlap or are adjacent.
  package private(set) var ranges: [ClosedRange<UInt32>]

  /// The empty set.
  package init() { ranges = [] }

  /// A set of ranges in any order.
  package init(_ ranges: some Sequence<ClosedRange<UInt32>>) {
    self.ranges = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) { append(range) }
  }

  /// A set of identifiers in any order.
  package init(_ uids: some Sequence<UInt32>) { self.init(uids.lazy.map { $0...$0 }) }

  /// Parses `1:4,7`; nil if the text is malformed. `*` is not accepted, because servers do not send it.
  init?(_ text: some Sequence<UInt8>) {
    var ranges: [ClosedRange<UInt32>] = []
    for part in Array(text).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let range = Self.range(part) else { return nil }
      ranges.append(range)
    }
    self.init(ranges)
  }

  /// `4` or `1:4`; nil for anything else.
  static func range(_ text: ArraySlice<UInt8>) -> ClosedRange<UInt32>? {
    let ends = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { Self.number($0) }
    guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil else { return nil }
    // The grammar allows the larger number to come first.
    return min(first, last)...max(first, last)
  }

  /// A number above 0 that fits 32 bits (RFC 3501 §9 `nz-number`).
  static func number(_ digits: some Collection<UInt8>) -> UInt32? {
    guard (1...10).contains(digits.count) else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + UInt64(digit - 0x30)
    }
    return value > 0 ? UInt32(exactly: value) : nil
  }

  private mutating func append(_ range: ClosedRange<UInt32>) {
    guard let last = ranges.last, UInt64(range.lowerBound) <= UInt64(last.upperBound) + 1 else {
      ranges.append(range)
      return
    }
    ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
  }

  /// Whether the set is empty.
  package var isEmpty: Bool { ranges.isEmpty }

  /// Number of identifiers.
  package var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// The identifiers in both sets.
  package func intersection(_ other: UIDSet) -> UIDSet { subtracting(subtracting(other)) }

  /// Whether the set contains an identifier.
  package func contains(_ uid: UInt32) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < uid { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(uid)
  }

  /// The identifiers in either set.
  package func union(_ other: UIDSet) -> UIDSet { UIDSet(ranges + other.ranges) }

  /// The identifiers in this set but not in the other.
  package func subtracting(_ other: UIDSet) -> UIDSet {
    var result = UIDSet()
    var index = 0
    for range in ranges {
      var start = UInt64(range.lowerBound)
      while index < other.ranges.count, UInt64(other.ranges[index].upperBound) < start { index += 1 }
      var gap = index
      while start <= UInt64(range.upperBound) {
        guard gap < other.ranges.count, other.ranges[gap].lowerBound <= range.upperBound else {
          result.append(UInt32(start)...range.upperBound)
          break
        }
        let taken = other.ranges[gap]
        if UInt64(taken.lowerBound) > start { result.append(UInt32(start)...taken.lowerBound - 1) }
        start = max(start, UInt64(taken.upperBound) + 1)
        gap += 1
      }
    }
    return result
  }

  /// Removes and returns the smallest identifiers: at most `count`, in few enough ranges for one command line.
  package mutating func removeFirst(_ count: Int) -> UIDSet {
    var taken = UIDSet()
    var remaining = count
    var index = 0
    while index < ranges.count, remaining > 0, taken.ranges.count < Self.maxRanges {
      let range = ranges[index]
      if range.count <= remaining {
        taken.ranges.append(range)
        remaining -= range.count
        index += 1
      } else {
        let end = range.lowerBound + UInt32(remaining)
        taken.ranges.append(range.lowerBound...end - 1)
        ranges[index] = end...range.upperBound
        remaining = 0
      }
    }
    ranges.removeFirst(index)
    return taken
  }

  /// RFC 7162 §4 requires servers to accept lines of 8,192 bytes; a range has at most 22.
  private static let maxRanges = 300
}

extension UIDSet: CustomStringConvertible {
  /// The set as written in commands.
  package var description: String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }.joined(separator: ",")
  }
}
