/// Sorts values by a number in ascending order, without comparing and without a second list of the same length: by the most significant
/// bits in which any differ, then each part by itself.
enum RadixSort {
  /// Parts of this size are sorted by comparing.
  private static let few = 256

  static func sort<Value>(_ values: inout [Value], by key: (Value) -> UInt64) {
    values.withUnsafeMutableBufferPointer { sort($0, 0..<$0.count, key) }
  }

  /// Sorts numbers, and removes all but one of equal ones.
  static func makeUnique(_ values: inout [UInt64]) {
    sort(&values) { $0 }
    var count = 0
    for value in values where count == 0 || values[count - 1] != value {
      values[count] = value
      count += 1
    }
    values.removeSubrange(count...)
  }

  private static func sort<Value>(
    _ values: UnsafeMutableBufferPointer<Value>, _ range: Range<Int>, _ key: (Value) -> UInt64
  ) {
    guard range.count > few else {
      values[range].sort { key($0) < key($1) }
      return
    }
    var (all, any) = (UInt64.max, UInt64(0))
    for index in range {
      all &= key(values[index])
      any |= key(values[index])
    }
    let differing = all ^ any
    guard differing != 0 else { return }
    let shift = UInt64(max(0, 56 - differing.leadingZeroBitCount))
    func digit(_ value: Value) -> Int { Int((key(value) >> shift) & 0xff) }
    var starts = [Int](repeating: 0, count: 257)
    for index in range { starts[digit(values[index]) + 1] += 1 }
    starts[0] = range.lowerBound
    for number in 1...256 { starts[number] += starts[number - 1] }
    let bounds = starts
    for number in 0..<256 {
      while starts[number] < bounds[number + 1] {
        var value = values[starts[number]]
        // Each value goes to the next free place of its digit, until one comes that belongs here.
        while digit(value) != number {
          let place = digit(value)
          swap(&value, &values[starts[place]])
          starts[place] += 1
        }
        values[starts[number]] = value
        starts[number] += 1
      }
    }
    guard shift > 0 else { return }
    for number in 0..<256 { sort(values, bounds[number]..<bounds[number + 1], key) }
  }
}

extension [UInt64] {
  /// Whether a sorted list contains a number.
  func containsSorted(_ wanted: UInt64) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == wanted
  }
}
