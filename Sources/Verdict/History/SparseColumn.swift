/// A value for each key, of which most have the same one, so that only the others are kept. If they turn out to be many, all are.
struct SparseColumn<Value> {
  private let usual: Value
  private let count: Int
  private var others: [Int32: Value] = [:]
  private var all: [Value] = []

  /// More than one in so many is many.
  private static var fewOf: Int { 8 }

  /// The usual value for a number of keys.
  init(_ usual: Value, count: Int) {
    self.usual = usual
    self.count = count
  }

  subscript(_ key: Int) -> Value {
    get {
      if !all.isEmpty { return all[key] }
      return others.isEmpty ? usual : others[Int32(truncatingIfNeeded: key)] ?? usual
    }
    set {
      guard all.isEmpty else {
        all[key] = newValue
        return
      }
      others[Int32(truncatingIfNeeded: key)] = newValue
      if others.count > max(64, count / Self.fewOf) { expand() }
    }
  }

  /// Calls `body` with each key whose value was set.
  func forEachSet(_ body: (Int, Value) -> Void) {
    for (key, value) in all.enumerated() { body(key, value) }
    for (key, value) in others { body(Int(key), value) }
  }

  private mutating func expand() {
    all = [Value](repeating: usual, count: count)
    for (key, value) in others { all[Int(key)] = value }
    others = [:]
  }
}
