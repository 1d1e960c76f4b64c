import Testing

@testable import Charts

@Suite struct ScaleTests {
  @Test func valuesBecomeCoordinates() {
    let scale = LinearScale(from: 0, to: 200, start: 100, end: 0)
    #expect(scale.position(0) == 100)
    #expect(scale.position(50) == 75)
    #expect(scale.position(200) == 0)
  }

  @Test func whatIsOutsideEndsAtABound() {
    let scale = LinearScale(from: 0, to: 10, start: 0, end: 100)
    #expect(scale.position(-5) == 0)
    #expect(scale.position(.infinity) == 100)
    #expect(scale.position(-.infinity) == 0)
    #expect(scale.position(.nan) == 0)
  }

  @Test(arguments: [
    (0.0, 0.0), (5, 5), (.nan, .nan), (.infinity, -.infinity), (-.greatestFiniteMagnitude, .greatestFiniteMagnitude),
  ])
  func oddBoundsGiveFiniteCoordinates(low: Double, high: Double) {
    let scale = LinearScale(from: low, to: high, start: 0, end: 100)
    for value in [0, 1, -1, 1e308, .nan, .infinity] {
      #expect((0...100).contains(scale.position(value)))
    }
  }

  @Test func bandsAreNextToEachOther() {
    let bands = BandScale(count: 4, start: 10, end: 50)
    #expect(bands.width == 10)
    #expect(bands.edge(3) == 40)
    #expect(bands.middle(0) == 15)
    #expect(BandScale(count: 0, start: 0, end: 10).width == 10)
  }

  @Test(
    arguments: [
      (0.0, [0.0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (4, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]),
      (20, [0, 5, 10, 15, 20]), (21, [0, 10, 20, 30]), (99, [0, 50, 100]), (100, [0, 50, 100]),
      (1_234, [0, 500, 1_000, 1_500]), (4_000_000, [0, 1e6, 2e6, 3e6, 4e6]),
    ] as [(Double, [Double])])
  func ticksAreRoundNumbers(maximum: Double, ticks: [Double]) {
    #expect(Ticks.whole(upTo: maximum) == ticks)
  }

  @Test(arguments: [Double.nan, -1, .infinity, 9e18, 1e300])
  func oddMaximaHaveFewTicks(maximum: Double) {
    let ticks = Ticks.whole(upTo: maximum)
    #expect((2...6).contains(ticks.count) && ticks.allSatisfy(\.isFinite))
  }

  @Test func labelsKeepTheirDistance() {
    #expect(Ticks.labels(count: 31, most: 8) == [0, 4, 8, 12, 16, 20, 24, 28])
    #expect(Ticks.labels(count: 3, most: 8) == [0, 1, 2])
    #expect(Ticks.labels(count: 0, most: 8).isEmpty)
    #expect(Ticks.labels(count: 5, most: 0) == [0])
  }
}
