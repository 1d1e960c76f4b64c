/// Areas on top of each other, by day: how a total and its parts change.
package struct StackedArea: Sendable {
  /// A part of the total.
  package struct Series: Sendable, Hashable {
    /// The class of its area.
    package var cssClass: String
    /// A number for each day; nil where nothing is known. Negative ones count as 0.
    package var values: [Double?]

    package init(cssClass: String, values: [Double?]) {
      self.cssClass = cssClass
      self.values = values
    }
  }

  /// From the bottom up.
  package var series: [Series]
  /// The labels of the days; nil for a day without one.
  package var labels: [String?]
  /// Days whose numbers are estimated.
  package var estimated: Set<Int>
  package var width, height: Double

  package init(
    series: [Series], labels: [String?], estimated: Set<Int> = [], width: Double = 800, height: Double = 230
  ) {
    self.series = series
    self.labels = labels
    self.estimated = estimated
    self.width = width
    self.height = height
  }

  /// The picture.
  /// - Parameter number: how a number of the axis is written.
  package func svg(_ caption: Caption, number: (Double) -> String) -> String {
    var picture = Picture(width: width, height: height, class: "chart", caption)
    let totals = labels.indices.map { total(at: $0) }
    let ticks = Ticks.whole(upTo: totals.compactMap(\.self).max() ?? 0)
    let texts = ticks.map(number)
    let left = Double((texts.map(\.count).max() ?? 1)) * 6.5 + 8
    let (top, bottom) = (10.0, height - 24)
    let scale = LinearScale(from: 0, to: ticks.last ?? 1, start: bottom, end: top)
    let bands = BandScale(count: labels.count, start: left, end: width - 4)
    for (tick, text) in zip(ticks, texts) {
      let y = scale.position(tick)
      picture.line((left, y), (width - 4, y), class: tick == 0 ? "axis" : "grid")
      picture.label(text, left - 6, y + 4, anchor: "end")
    }
    for run in totals.runs { addAreas(run, scale, bands, to: &picture) }
    for (index, label) in labels.enumerated() {
      if estimated.contains(index) { picture.label("~", bands.middle(index), bottom + 9, anchor: "middle") }
      if let label { picture.label(label, bands.middle(index), height - 4, anchor: "middle") }
    }
    return picture.svg
  }

  private func value(_ series: Series, at day: Int) -> Double? {
    guard series.values.indices.contains(day), let value = series.values[day], !value.isNaN else { return nil }
    return max(value, 0)
  }

  private func total(at day: Int) -> Double? {
    let values = series.compactMap { value($0, at: day) }
    return values.isEmpty ? nil : values.reduce(0, +)
  }

  private func addAreas(_ run: Range<Int>, _ scale: LinearScale, _ bands: BandScale, to picture: inout Picture) {
    var base = run.map { _ in 0.0 }
    for part in series {
      let tops = zip(run, base).map { day, below in below + (value(part, at: day) ?? 0) }
      defer { base = tops }
      guard zip(tops, base).contains(where: { $0 > $1 }) else { continue }
      if run.count == 1 {
        let (low, high) = (scale.position(base[0]), scale.position(tops[0]))
        picture.rectangle(
          x: bands.middle(run.lowerBound) - bands.width / 4, y: high, width: bands.width / 2, height: low - high,
          class: part.cssClass)
        continue
      }
      let upper = zip(run, tops).map { (bands.middle($0), scale.position($1)) }
      let lower = zip(run, base).map { (bands.middle($0), scale.position($1)) }
      picture.path(upper + lower.reversed(), isClosed: true, class: part.cssClass)
    }
  }
}
