/// Arithmetic on untrusted numbers: a result that does not fit is clamped, where `+` would trap.
extension FixedWidthInteger {
  /// The sum, clamped to the representable range.
  @inlinable public func addingClamped(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// Adds another number; the sum is clamped to the representable range.
  @inlinable public mutating func addClamped(_ other: Self) { self = addingClamped(other) }

  /// The difference, clamped to the representable range.
  @inlinable public func subtractingClamped(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }

  /// The product, clamped to the representable range.
  @inlinable public func multipliedClamped(by other: Self) -> Self {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
  }

  /// The nearest integer, clamped to the representable range; 0 for NaN.
  @inlinable public init(clampedRounding number: Double) {
    let rounded = number.rounded()
    if let exact = Self(exactly: rounded) {
      self = exact
    } else {
      self = rounded.isNaN ? 0 : rounded < 0 ? .min : .max
    }
  }
}
