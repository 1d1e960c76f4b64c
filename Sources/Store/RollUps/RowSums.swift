import DMARC

/// Messages by row id. If there are many, ids up to a bound are positions in an array, which is several times as fast as a dictionary.
struct RowSums {
  /// The least integer stands for none.
  private var dense: [Int64] = []
  private var others: [Int64: Int64] = [:]
  private static let mostDense: Int64 = 4_000_000

  /// At most this number of ids, and at most one in so many, is in a dictionary, where an id takes about four times as many bytes.
  private static let mostFew = 2_048
  private static let sparse = 32
  private var largest: Int64 = 0

  mutating func add(_ messages: Int64, to id: Int64) {
    guard !dense.isEmpty, id >= 0, id < Self.mostDense else {
      others[id, default: 0].addClamped(messages)
      if id < Self.mostDense { largest = max(largest, id) }
      if dense.isEmpty, others.count > max(Self.mostFew, Int(largest) / Self.sparse) { spread() }
      return
    }
    addDense(messages, to: id)
  }

  private mutating func spread() {
    let all = others
    others = [:]
    dense = Array(repeating: .min, count: Int(largest) + 1)
    for (id, messages) in all {
      if id >= 0, id < Self.mostDense { addDense(messages, to: id) } else { others[id] = messages }
    }
  }

  private mutating func addDense(_ messages: Int64, to id: Int64) {
    let index = Int(id)
    if index >= dense.count {
      dense += repeatElement(.min, count: max(index + 1 - dense.count, dense.count / 4 + 1_024))
    }
    dense[index] = dense[index] == .min ? messages : dense[index].addingClamped(messages)
  }

  /// The number of ids.
  var count: Int { others.count + dense.lazy.filter { $0 != .min }.count }

  /// The sum of an id; nil if there is none.
  subscript(_ id: Int64) -> Int64? {
    guard id >= 0, id < Int64(dense.count) else { return others[id] }
    return dense[Int(id)] == .min ? nil : dense[Int(id)]
  }

  /// Calls `body` with each id, in ascending order.
  func forEachSum(_ body: (Int64, Int64) throws -> Void) rethrows {
    let others = others.sorted { $0.key < $1.key }
    for (id, messages) in others.prefix(while: { $0.key < 0 }) { try body(id, messages) }
    for (id, messages) in dense.enumerated() where messages != .min { try body(Int64(id), messages) }
    for (id, messages) in others.drop(while: { $0.key < 0 }) { try body(id, messages) }
  }
}

/// The largest of many sums, and all that are equal to the last of these.
struct LargestSums {
  private let limit: Int?
  private(set) var all: [(id: Int64, messages: Int64)] = []
  /// Smaller sums cannot be among the largest.
  private var least = Int64.min

  init(_ limit: Int?) { self.limit = limit }

  mutating func add(_ id: Int64, _ messages: Int64) {
    guard messages >= least else { return }
    all.append((id, messages))
    if let limit, all.count >= 4 * max(limit, 64) + tied { cut(limit) }
  }

  /// The number of sums after the last cut that are equal to its last one.
  private var tied = 0

  private mutating func cut(_ limit: Int) {
    guard all.count > limit else { return }
    all.sort { $0.messages > $1.messages }
    least = limit > 0 ? all[limit - 1].messages : .max
    all = Array(all.prefix { $0.messages >= least })
    tied = 2 * all.count
  }

  /// The sums, in no order.
  mutating func result() -> [(id: Int64, messages: Int64)] {
    if let limit { cut(limit) }
    return all
  }
}

/// Small numbers by row id, kept in the same way.
struct RowNumbers {
  private var dense: [Int32] = []
  private var others: [Int64: Int] = [:]
  private static let mostDense: Int64 = 4_000_000

  /// At most this number of ids, and at most one in so many, is in a dictionary, where an id takes about four times as many bytes.
  private static let mostFew = 2_048
  private static let sparse = 32
  private var largest: Int64 = 0

  private mutating func spread() {
    let all = others
    others = [:]
    // From now on, the subscript fills the array.
    dense = Array(repeating: .min, count: Int(largest) + 1)
    for (id, number) in all { self[id] = number }
  }

  /// Calls `body` with each id and its number, in ascending order of the ids.
  func forEachID(_ body: (Int64, Int) throws -> Void) rethrows {
    let others = others.sorted { $0.key < $1.key }
    for (id, number) in others.prefix(while: { $0.key < 0 }) { try body(id, number) }
    for (id, number) in dense.enumerated() where number != .min { try body(Int64(id), Int(number)) }
    for (id, number) in others.drop(while: { $0.key < 0 }) { try body(id, number) }
  }

  subscript(_ id: Int64) -> Int? {
    get {
      guard !dense.isEmpty, id >= 0, id < Self.mostDense else { return others[id] }
      let index = Int(id)
      return index < dense.count && dense[index] != .min ? Int(dense[index]) : nil
    }
    set {
      guard !dense.isEmpty, id >= 0, id < Self.mostDense, let value = newValue, let small = Int32(exactly: value),
        small != .min
      else {
        others[id] = newValue
        if id < Self.mostDense { largest = max(largest, id) }
        if dense.isEmpty, others.count > max(Self.mostFew, Int(largest) / Self.sparse) { spread() }
        return
      }
      let index = Int(id)
      if index >= dense.count {
        dense += repeatElement(.min, count: max(index + 1 - dense.count, dense.count / 4 + 1_024))
      }
      dense[index] = small
    }
  }
}
