/// At most four keys without an allocation, because there may be millions of such lists.
struct FewKeys: Sequence, IteratorProtocol {
  private var keys: SIMD4<Int32>
  private var position = 0

  /// Keys below 0 stand for none.
  init(_ first: Int32, _ second: Int32 = -1, _ third: Int32 = -1, _ fourth: Int32 = -1) {
    keys = SIMD4(first, second, third, fourth)
  }

  mutating func next() -> Int32? {
    while position < 4 {
      let key = keys[position]
      position += 1
      if key >= 0 { return key }
    }
    return nil
  }
}
