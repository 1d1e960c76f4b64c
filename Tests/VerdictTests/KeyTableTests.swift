import DMARC
import Testing

@testable import Verdict

/// The compact columns and keys of a history.
@Suite struct KeyTableTests {
  @Test func placesHaveTheNumberAndTheTextOfTheirText() throws {
    var keys = KeyTable()
    let texts = [
      "192.0.2.1", "2001:db8:0:1::/64", "example.com", "AS64496", "spf:192.0.2.1", "10", "2001:db8::1", "::/64",
    ]
    let numbers = texts.map { keys.number(of: $0) }
    #expect(numbers == Array(0..<8))
    #expect(numbers.map { keys.text($0) } == texts)
    #expect(texts.map { keys[$0] } == numbers)
    #expect(keys[""] == nil)
    let (v4, v6) = try (#require(IPAddress("192.0.2.1")), #require(IPAddress("2001:db8:0:1::25")))
    #expect(keys.number(ofPlace: v4) == 0)
    #expect(keys.number(ofPlace: v6) == 1)
    let zero = try #require(IPAddress("0.0.0.0"))
    #expect(keys.number(ofPlace: zero) == 8)
    #expect(keys.text(8) == "0.0.0.0")
    #expect(keys.count == 9)
  }

  @Test(arguments: [3, 70, 700]) func aColumnHasTheValuesThatWereSet(_ set: Int) {
    var column = SparseColumn<Int64>(0, count: 800)
    var expected = [Int64](repeating: 0, count: 800)
    for index in 0..<set {
      let key = index &* 37 % 800
      column[key] += Int64(index)
      expected[key] += Int64(index)
    }
    #expect(expected.indices.map { column[$0] } == expected)
    var sum: Int64 = 0
    column.forEachSet { key, value in
      #expect(value == expected[key])
      sum += value
    }
    #expect(sum == expected.reduce(0, +))
  }
}
