/// Round numbers for an axis.
package enum Ticks {
  /// Whole numbers from 0 to at least a maximum, in steps of 1, 2 or 5 times a power of ten.
  /// - Parameter most: the greatest number of steps; at least 1.
  package static func whole(upTo maximum: Double, most: Int = 4) -> [Double] {
    let limit = maximum.isNaN ? 1 : min(max(maximum, 1), 1e18)
    let steps = Double(max(most, 1))
    var power = 1.0
    while power * 10 * steps < limit { power *= 10 }
    let factors: [Double] = [1, 2, 5, 10, 20, 50, 100]
    let step = power * (factors.first { power * $0 * steps >= limit } ?? 100)
    var ticks = [0.0]
    while let last = ticks.last, last < limit { ticks.append(last + step) }
    return ticks
  }

  /// The positions of the labels of a row of items, so that none is closer to the next than `least` positions. The first one is labelled.
  package static func labels(count: Int, most: Int) -> [Int] {
    guard count > 0 else { return [] }
    let step = max(1, (count + max(most, 1) - 1) / max(most, 1))
    return Array(stride(from: 0, to: count, by: step))
  }
}
