/// Finds the number of a value that is kept elsewhere, in a list of values by number. It needs about 6 bytes for each value, because there
/// may be a million.
package struct NumberTable {
  private var slots: [Int32] = []
  private var count = 0

  /// Creates an empty table.
  package init() {}

  /// The number of the value with this hash for which `isEqual` holds; `next` if there is none, and then it is added.
  /// - Parameters:
  ///   - next: the number of values so far.
  ///   - hash: the hash of a value by its number.
  package mutating func number(
    _ wanted: UInt64, next: Int32, hash: (Int32) -> UInt64, isEqual: (Int32) -> Bool
  ) -> Int32 {
    if (count + 1) * 3 > slots.count * 2 { grow(hash) }
    var slot = Int(truncatingIfNeeded: Self.mixed(wanted) & UInt64(slots.count - 1))
    while slots[slot] >= 0 {
      if isEqual(slots[slot]) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = next
    count += 1
    return next
  }

  /// The number of the value with this hash for which `isEqual` holds; nil if there is none.
  package func find(_ wanted: UInt64, isEqual: (Int32) -> Bool) -> Int32? {
    guard !slots.isEmpty else { return nil }
    var slot = Int(truncatingIfNeeded: Self.mixed(wanted) & UInt64(slots.count - 1))
    while slots[slot] >= 0 {
      if isEqual(slots[slot]) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func grow(_ hash: (Int32) -> UInt64) {
    let old = slots
    slots = [Int32](repeating: -1, count: max(64, old.count * 2))
    for number in old where number >= 0 {
      var slot = Int(truncatingIfNeeded: Self.mixed(hash(number)) & UInt64(slots.count - 1))
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = number
    }
  }

  /// Spreads values that differ in few bits or that an attacker has chosen.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ seed) &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    return mixed ^ (mixed >> 27)
  }

  private static let seed = UInt64.random(in: .min ... .max)
}
