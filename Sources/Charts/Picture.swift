/// What a picture is called, for those who do not see it.
package struct Caption: Sendable, Hashable {
  /// Unique in the page: the ids of title and description begin with it.
  package var id: String
  package var title: String
  /// What the picture shows, in a sentence.
  package var description: String

  package init(id: String, title: String, description: String) {
    self.id = id
    self.title = title
    self.description = description
  }
}

/// An inline SVG. Colours come from the classes of the page, so that no style attribute is needed and dark pages work.
struct Picture {
  private var markup = Markup()
  private let width, height: Double

  /// - Parameter caption: nil for a picture whose meaning is next to it as text.
  init(width: Double, height: Double, class name: String, _ caption: Caption?) {
    (self.width, self.height) = (width, height)
    var attributes = [
      ("class", name), ("viewBox", "0 0 \(Coordinate.text(width)) \(Coordinate.text(height))"),
      ("width", Coordinate.text(width)), ("height", Coordinate.text(height)),
    ]
    if let caption {
      attributes += [("role", "img"), ("aria-labelledby", "\(caption.id)-t \(caption.id)-d")]
    } else {
      attributes += [("aria-hidden", "true"), ("focusable", "false")]
    }
    markup.open("svg", attributes)
    if let caption {
      markup.element("title", [("id", "\(caption.id)-t")], text: caption.title)
      markup.element("desc", [("id", "\(caption.id)-d")], text: caption.description)
    }
  }

  /// The finished picture.
  var svg: String { markup.text + "</svg>" }

  mutating func line(_ from: (Double, Double), _ to: (Double, Double), class name: String) {
    markup.element(
      "line",
      [
        ("class", name), ("x1", Coordinate.text(from.0)), ("y1", Coordinate.text(from.1)),
        ("x2", Coordinate.text(to.0)), ("y2", Coordinate.text(to.1)),
      ])
  }

  mutating func rectangle(x: Double, y: Double, width: Double, height: Double, class name: String) {
    markup.element(
      "rect",
      [
        ("class", name), ("x", Coordinate.text(x)), ("y", Coordinate.text(y)),
        ("width", Coordinate.text(max(0, width))), ("height", Coordinate.text(max(0, height))),
      ])
  }

  mutating func path(_ points: [(Double, Double)], isClosed: Bool, class name: String) {
    guard let first = points.first else { return }
    let rest = points.dropFirst().map { "L\(Coordinate.text($0.0)) \(Coordinate.text($0.1))" }
    let start = "M\(Coordinate.text(first.0)) \(Coordinate.text(first.1))"
    markup.element("path", [("class", name), ("d", start + rest.joined() + (isClosed ? "Z" : ""))])
  }

  mutating func dot(_ x: Double, _ y: Double, radius: Double, class name: String) {
    markup.element(
      "circle",
      [
        ("class", name), ("cx", Coordinate.text(x)), ("cy", Coordinate.text(y)), ("r", Coordinate.text(radius)),
      ])
  }

  /// - Parameter anchor: `start`, `middle` or `end`: which part of the text is at the point.
  mutating func label(_ text: String, _ x: Double, _ y: Double, anchor: String, class name: String = "label") {
    markup.element(
      "text", [("class", name), ("x", Coordinate.text(x)), ("y", Coordinate.text(y)), ("text-anchor", anchor)],
      text: text)
  }
}

extension Array where Element == Double? {
  /// The positions of neighbouring values, without the gaps.
  var runs: [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    for (index, value) in enumerated() {
      if value != nil {
        start = start ?? index
      } else if let first = start {
        runs.append(first..<index)
        start = nil
      }
    }
    if let start { runs.append(start..<count) }
    return runs
  }
}
