import Seeds
import Testing

@testable import IMAP

@Suite struct UIDSetTests {
  @Test func isWrittenAsRanges() {
    #expect(UIDSet([3, 1, 2, 7, 7]).description == "1:3,7")
    #expect(UIDSet([1...5, 4...9, 11...11]).description == "1:9,11")
    #expect(UIDSet([UInt32.max - 1...UInt32.max, 1...1]).description == "1,4294967294:4294967295")
  }

  @Test func parsesTheFormsOfServers() {
    #expect(UIDSet("1:3,7,9:8".utf8)?.description == "1:3,7:9")
    for wrong in ["", "0", "1:", ":2", "1,,2", "*", "1:*", "4294967296", "1:2:3", "a", "-1", "12345678901"] {
      #expect(UIDSet(wrong.utf8) == nil, "\(wrong)")
    }
  }

  /// Compares with sets of the standard library.
  @Test func setOperations() {
    var random = Seeded()
    for _ in 0..<500 {
      let (first, second) = (Self.numbers(&random), Self.numbers(&random))
      let (one, other) = (UIDSet(first), UIDSet(second))
      #expect(one.subtracting(other) == UIDSet(first.subtracting(second)))
      #expect(one.union(other) == UIDSet(first.union(second)))
      #expect(one.count == first.count)
      #expect((0...60).allSatisfy { one.contains($0) == first.contains($0) })
    }
  }

  private static func numbers(_ random: inout Seeded) -> Set<UInt32> {
    Set((0..<Int.random(in: 0...25, using: &random)).map { _ in UInt32.random(in: 1...50, using: &random) })
  }

  @Test func maximumUID() {
    let all = UIDSet([1...UInt32.max])
    #expect(all.subtracting(UIDSet([1...UInt32.max])).isEmpty)
    #expect(all.subtracting(UIDSet([2...2])).description == "1,3:4294967295")
    #expect(all.subtracting(UIDSet([UInt32.max...UInt32.max])).count == Int(UInt32.max) - 1)
  }

  @Test func batches() {
    var set = UIDSet([1...5, 8...8, 10...20])
    #expect(set.removeFirst(3).description == "1:3")
    #expect(set.removeFirst(4).description == "4:5,8,10")
    #expect(set.description == "11:20")
    #expect(set.removeFirst(100).description == "11:20")
    #expect(set.isEmpty)
    // No command exceeds the length that servers accept (RFC 7162 §4).
    var scattered = UIDSet((0..<5_000).map { UInt32($0) * 2 + 4_000_000_000 / 2 })
    var batches = 0
    while !scattered.isEmpty {
      let batch = scattered.removeFirst(500)
      #expect(batch.description.utf8.count < 8_000)
      #expect(batch.count >= 100 || scattered.isEmpty)
      batches += 1
    }
    #expect(batches <= 50)
  }
}
