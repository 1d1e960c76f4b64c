import Testing

@testable import Render

@Suite struct SparklineTests {
  @Test func barsAreBetweenTheBaseAndTheHighestValue() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7], base: 0) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([90, 100], base: 0) == "▇█")
    #expect(Sparkline.text([90, 95, 100]) == "▁▅█")
  }

  @Test func whatIsNotKnownIsBlank() {
    #expect(Sparkline.text([1, nil, 2], base: 0) == "▅ █")
    #expect(Sparkline.text([nil, nil]) == "  ")
    #expect(Sparkline.text([.nan, 1, .infinity]) == " ▅ ")
    #expect(Sparkline.text([]) == "")
  }

  @Test func aSeriesWithoutDifferencesIsLevel() {
    #expect(Sparkline.text([5, 5, 5]) == "▅▅▅")
    #expect(Sparkline.text([0, 0], base: 0) == "▁▁")
    #expect(Sparkline.text([-1e308, 1e308]).count == 2)
  }
}
