/// Bars of shares, 0 to 1, with the number above each: a rate by month.
package struct Bars: Sendable {
  /// A bar.
  package struct Bar: Sendable, Hashable {
    /// 0...1; nil if nothing is known: there is a text in its place, and no bar.
    package var share: Double?
    /// What is written above it, and below it.
    package var value, label: String
    /// Whether it is the one that the page is about.
    package var isMarked: Bool

    package init(share: Double?, value: String, label: String, isMarked: Bool = false) {
      self.share = share
      self.value = value
      self.label = label
      self.isMarked = isMarked
    }
  }

  package var bars: [Bar]
  package var width, height: Double

  package init(_ bars: [Bar], width: Double = 800, height: Double = 130) {
    self.bars = bars
    self.width = width
    self.height = height
  }

  /// The picture.
  package func svg(_ caption: Caption) -> String {
    var picture = Picture(width: width, height: height, class: "chart", caption)
    let (top, bottom) = (18.0, height - 20)
    let scale = LinearScale(from: 0, to: 1, start: bottom, end: top)
    let bands = BandScale(count: bars.count, start: 2, end: width - 2)
    picture.line((2, bottom), (width - 2, bottom), class: "axis")
    for (index, bar) in bars.enumerated() {
      let middle = bands.middle(index)
      let height = bar.share.map { $0.isNaN ? bottom : scale.position($0) } ?? bottom
      if bar.share != nil {
        picture.rectangle(
          x: middle - bands.width * 0.36, y: height, width: bands.width * 0.72, height: bottom - height,
          class: bar.isMarked ? "bar marked" : "bar")
      }
      picture.label(bar.value, middle, height - 5, anchor: "middle", class: bar.isMarked ? "label strong" : "label")
      picture.label(
        bar.label, middle, self.height - 5, anchor: "middle", class: bar.isMarked ? "label strong" : "label")
    }
    return picture.svg
  }
}
