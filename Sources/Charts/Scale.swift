/// Maps values to coordinates. Whatever is not a number, or too large, ends at a bound.
package struct LinearScale: Sendable, Hashable {
  private let low, span, start, length: Double

  /// - Parameters:
  ///   - values: the values at both ends. Equal ones are moved apart.
  ///   - start: the coordinate of the lower value.
  ///   - end: that of the upper one, which may be smaller: coordinates of a picture grow downwards.
  package init(from low: Double, to high: Double, start: Double, end: Double) {
    let bounds = (Self.finite(low), Self.finite(high))
    self.low = min(bounds.0, bounds.1)
    let span = max(bounds.0, bounds.1) - self.low
    self.span = span > 0 && span.isFinite ? span : 1
    self.start = Self.finite(start)
    length = Self.finite(end) - self.start
  }

  /// The coordinate of a value, within the bounds.
  package func position(_ value: Double) -> Double {
    let share = (Self.finite(value) - low) / span
    return start + min(max(share, 0), 1) * length
  }

  /// The greatest magnitude: differences between such numbers are finite, too.
  private static let most = 1e300

  private static func finite(_ value: Double) -> Double {
    value.isNaN ? 0 : min(max(value, -most), most)
  }
}

/// Places items of equal width next to each other: days, months.
package struct BandScale: Sendable, Hashable {
  private let start: Double
  /// The width of a band.
  package let width: Double

  /// - Parameter count: the number of bands; none counts as one.
  package init(count: Int, start: Double, end: Double) {
    self.start = start
    width = (end - start) / Double(max(count, 1))
  }

  /// The left edge of a band.
  package func edge(_ index: Int) -> Double { start + Double(index) * width }
  /// The middle of a band.
  package func middle(_ index: Int) -> Double { edge(index) + width / 2 }
}
