import DMARC

/// A series as one line of text, for terminals.
package enum Sparkline {
  private static let bars = Array("▁▂▃▄▅▆▇█")

  /// The bars of a series, the highest value as a full block; a space for nil.
  /// - Parameter base: the value of the lowest bar; nil for the lowest value of the series.
  package static func text(_ values: [Double?], base: Double? = nil) -> String {
    let known = values.compactMap(\.self).filter(\.isFinite)
    guard let least = base ?? known.min(), let most = known.max() else {
      return String(repeating: " ", count: values.count)
    }
    let height = most - least
    return String(
      values.map { value in
        guard let value, value.isFinite else { return " " }
        guard height > 0 else { return value > 0 ? bars[bars.count / 2] : bars[0] }
        let step = (value - least) / height * Double(bars.count - 1)
        return bars[min(max(Int(Int64(clampedRounding: step)), 0), bars.count - 1)]
      })
  }
}
