import DMARC

/// Messages by row id. Ids up to a bound are positions in an array, which is several times as fast as a dictionary.
struct RowSums {
  private var dense: [Int64] = []
  private var isPresent: [Bool] = []
  private var others: [Int64: Int64] = [:]
  private static let mostDense: Int64 = 4_000_000

  mutating func add(_ messages: Int64, to id: Int64) {
    guard id >= 0, id < Self.mostDense else {
      others[id, default: 0].addClamped(messages)
      return
    }
    let index = Int(id)
    if index >= dense.count {
      let more = max(index + 1 - dense.count, dense.count / 2 + 1_024)
      dense += repeatElement(0, count: more)
      isPresent += repeatElement(false, count: more)
    }
    dense[index].addClamped(messages)
    isPresent[index] = true
  }

  var all: [(id: Int64, messages: Int64)] {
    var all = others.map { (id: $0.key, messages: $0.value) }
    for index in dense.indices where isPresent[index] { all.append((Int64(index), dense[index])) }
    return all
  }
}

/// Small numbers by row id, kept in the same way.
struct RowNumbers {
  private var dense: [Int32] = []
  private var others: [Int64: Int] = [:]
  private static let mostDense: Int64 = 4_000_000

  subscript(_ id: Int64) -> Int? {
    get {
      guard id >= 0, id < Self.mostDense else { return others[id] }
      let index = Int(id)
      return index < dense.count && dense[index] != .min ? Int(dense[index]) : nil
    }
    set {
      guard id >= 0, id < Self.mostDense, let value = newValue, let small = Int32(exactly: value), small != .min else {
        others[id] = newValue
        return
      }
      let index = Int(id)
      if index >= dense.count {
        dense += repeatElement(.min, count: max(index + 1 - dense.count, dense.count / 2 + 1_024))
      }
      dense[index] = small
    }
  }
}
