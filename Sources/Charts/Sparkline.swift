/// A small line of numbers without axes, as a picture or as characters.
package struct Sparkline: Sendable, Hashable {
  /// Numbers in the order of time; nil where nothing is known. Negative ones count as 0.
  package var values: [Double?]

  package init(_ values: [Double?]) {
    self.values = values.map { value in value.map { $0.isNaN ? 0 : max($0, 0) } }
  }

  private var maximum: Double { values.compactMap(\.self).max() ?? 0 }

  /// The picture, which a text beside it must explain.
  /// - Parameter name: the class of its area.
  package func svg(class name: String, width: Double = 120, height: Double = 22) -> String {
    var picture = Picture(width: width, height: height, class: "spark", nil)
    let scale = LinearScale(from: 0, to: maximum, start: height - 2, end: 2)
    let bands = BandScale(count: values.count, start: 1, end: width - 1)
    picture.line((1, height - 1), (width - 1, height - 1), class: "axis")
    for run in values.runs {
      let points = run.map { (bands.middle($0), scale.position(values[$0] ?? 0)) }
      guard let first = points.first, let last = points.last else { continue }
      if points.count == 1 {
        picture.rectangle(
          x: first.0 - min(bands.width / 2, 2), y: first.1, width: min(bands.width, 4), height: height - 1 - first.1,
          class: name)
        continue
      }
      picture.path(
        [(first.0, height - 1)] + points + [(last.0, height - 1)], isClosed: true, class: name)
    }
    return picture.svg
  }

  /// One character for each number: eight heights, a point for 0, a blank where nothing is known.
  package var text: String {
    let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let top = maximum
    return String(
      values.map { value -> Character in
        guard let value else { return " " }
        guard value > 0, top > 0 else { return "·" }
        let share = value / top
        let step = share.isFinite ? Int(min(max(share, 0), 1) * 8) : 7
        return blocks[min(step, blocks.count - 1)]
      })
  }
}
