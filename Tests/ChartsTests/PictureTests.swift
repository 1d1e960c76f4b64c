import Foundation
import FoundationXML
import Testing

@testable import Charts

@Suite struct PictureTests {
  private static let caption = Caption(id: "c1", title: "Messages", description: "By day.")
  private static let hostile = "<script>\"'&\u{1}\u{202e}</script>\"\u{301}onload=\u{0}x"

  /// The elements of a picture: their names and attributes.
  private func elements(_ svg: String) throws -> [(name: String, attributes: [String: String])] {
    let reader = ElementReader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    try #require(parser.parse(), "\(svg)")
    return reader.elements
  }

  private func area(_ values: [[Double?]]) -> StackedArea {
    StackedArea(
      series: values.enumerated().map { .init(cssClass: "v\($0)", values: $1) },
      labels: (values.first ?? []).indices.map { "\($0 + 1)" })
  }

  @Test func everyPictureHasATitleAndADescription() throws {
    let svg = area([[1, 2, 3]]).svg(Self.caption) { "\($0)" }
    let root = try #require(try elements(svg).first)
    #expect(root.name == "svg" && root.attributes["role"] == "img")
    #expect(root.attributes["aria-labelledby"] == "c1-t c1-d")
    #expect(svg.contains("<title id=\"c1-t\">Messages</title>"))
  }

  @Test func areasAreOnTopOfEachOther() throws {
    let svg = area([[10, 10], [0, 10]]).svg(Self.caption) { "\(Int($0))" }
    let paths = try elements(svg).filter { $0.name == "path" }
    #expect(paths.map { $0.attributes["class"] } == ["v0", "v1"])
    // The upper edge of the lower area is the lower edge of the upper one.
    let points = paths.map { ($0.attributes["d"] ?? "").split(whereSeparator: { "MLZ".contains($0) }) }
    #expect(Array(points[0].prefix(2)) == points[1].suffix(2).reversed())
  }

  @Test func daysWithoutDataAreGaps() throws {
    let svg = area([[1, 2, nil, 4, nil, 5, 6]]).svg(Self.caption) { "\(Int($0))" }
    let found = try elements(svg)
    #expect(found.count { $0.name == "path" } == 2)
    #expect(found.count { $0.name == "rect" } == 1)
  }

  @Test func estimatedDaysAreMarked() {
    var chart = area([[1, 2, 3]])
    chart.estimated = [1]
    #expect(chart.svg(Self.caption) { "\($0)" }.contains(">~</text>"))
  }

  @Test(
    arguments: [
      [], [nil], [nil, nil], [0], [5], [.nan, 1], [.infinity, 2], [-4, 3], [1e300, 1e300], [9e18, nil, 1],
    ] as [[Double?]])
  func oddValuesGiveCoordinatesWithinThePicture(values: [Double?]) throws {
    let pictures = [
      area([values, values]).svg(Self.caption) { "\($0)" },
      Bars(values.map { .init(share: $0, value: "1", label: "2") }).svg(Self.caption),
      Sparkline(values).svg(class: "s"),
    ]
    for svg in pictures {
      let found = try elements(svg)
      let root = try #require(found.first)
      let size = (Double(root.attributes["width"] ?? "") ?? 0, Double(root.attributes["height"] ?? "") ?? 0)
      #expect(!svg.contains("nan") && !svg.contains("inf\""))
      for element in found.dropFirst() {
        for (key, limit) in [
          ("x", size.0), ("x1", size.0), ("x2", size.0), ("y", size.1), ("y1", size.1), ("y2", size.1),
        ] {
          guard let text = element.attributes[key] else { continue }
          let value = try #require(Double(text))
          #expect((0...limit).contains(value), "\(element)")
        }
      }
    }
  }

  @Test func hostileTextStaysText() throws {
    let caption = Caption(id: "c\"><x", title: Self.hostile, description: Self.hostile)
    let pictures = [
      StackedArea(series: [.init(cssClass: Self.hostile, values: [1])], labels: [Self.hostile]).svg(caption) { _ in
        Self.hostile
      },
      Bars([.init(share: 0.5, value: Self.hostile, label: Self.hostile)]).svg(caption),
      Sparkline([1, 2]).svg(class: Self.hostile),
    ]
    let allowed: Set<String> = ["svg", "title", "desc", "line", "rect", "path", "text", "circle"]
    for svg in pictures {
      for element in try elements(svg) {
        #expect(allowed.contains(element.name))
        #expect(!element.attributes.keys.contains { $0.hasPrefix("on") || $0 == "style" })
      }
    }
  }

  @Test func aMarkWithACombiningCharacterIsEscaped() {
    #expect(Markup.escaped("\"\u{301}") == "&quot;\u{301}")
    #expect(Markup.escaped("<\u{200d}b") == "&lt;\u{200d}b")
  }

  @Test func barsWithoutDataAreOnlyAText() throws {
    let svg = Bars([.init(share: nil, value: "–", label: "Oct"), .init(share: 1, value: "100%", label: "Nov")])
      .svg(Self.caption)
    #expect(try elements(svg).count { $0.name == "rect" } == 1)
    #expect(svg.contains(">–</text>"))
  }

  @Test func sparklinesAreAlsoCharacters() {
    #expect(Sparkline([0, 1, 4, 8, nil, 8]).text == "·▂▅█ █")
    #expect(Sparkline([]).text.isEmpty)
    #expect(Sparkline([nil, 0]).text == " ·")
    #expect(Sparkline([3]).text == "█")
    #expect(Sparkline([.nan, 1e308, .infinity, -3]).text.count == 4)
  }

  @Test func theSameNumbersGiveTheSamePicture() {
    let chart = area([[1, 2, 3], [3, 2, 1]])
    #expect(chart.svg(Self.caption) { "\($0)" } == chart.svg(Self.caption) { "\($0)" })
  }
}

private final class ElementReader: NSObject, XMLParserDelegate {
  var elements: [(name: String, attributes: [String: String])] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements.append((name, attributes))
  }
}
