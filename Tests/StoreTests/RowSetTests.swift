import DMARC
import Seeds
import Testing

@testable import Store

/// Collections of row ids that take little memory.
@Suite struct RowSetTests {
  @Test(arguments: [10, 1_000, 3_000, 40_000]) func aSetHoldsEachIDOnce(count: Int) {
    var random = Seeded("row set \(count)")
    var set = RowSet()
    var expected: Set<Int64> = []
    for index in 0..<count {
      let id =
        index % 97 == 0
        ? [.min, -1, 15_999_999, 16_000_000, .max].randomElement(using: &random) ?? 0
        : Int64.random(in: 0..<20_000, using: &random)
      set.insert(id)
      expected.insert(id)
    }
    var ids: [Int64] = []
    set.forEachID { ids.append($0) }
    #expect(ids == expected.sorted())
    #expect(set.count == expected.count)
  }

  @Test(arguments: [0, 1, 20, 500, 4_000]) func theLargestSumsAreThoseThatSortingFinds(limit: Int) {
    var random = Seeded("largest \(limit)")
    let all = (0..<3_000).map { (id: Int64($0), messages: Int64.random(in: 0..<300, using: &random)) }
    var largest = LargestSums(limit)
    for sum in all { largest.add(sum.id, sum.messages) }
    let sorted = all.sorted { $0.messages > $1.messages }
    let least = limit == 0 ? .max : limit < all.count ? sorted[limit - 1].messages : .min
    #expect(
      Set(largest.result().map(\.id)) == Set(all.lazy.filter { $0.messages >= least }.map(\.id)))
  }

  @Test func numbersComeInTheOrderOfTheIDs() {
    var numbers = RowNumbers()
    let ids: [Int64] = [7, .min, 3_999_999, 4_000_000, -5, 0, .max]
    for (number, id) in ids.enumerated() { numbers[id] = number }
    var found: [Int64] = []
    numbers.forEachID { id, number in
      found.append(id)
      #expect(ids[number] == id)
    }
    #expect(found == ids.sorted())
  }

  @Test func theNumberOfANetworkGivesItsText() throws {
    for (text, network) in [
      ("192.0.2.77", "192.0.2.0/24"), ("255.255.255.255", "255.255.255.0/24"), ("0.0.0.1", "0.0.0.0/24"),
      ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::1", "::/48"), ("ffff:ffff:ffff:ffff::1", "ffff:ffff:ffff::/48"),
    ] {
      let address = try #require(IPAddress(text))
      #expect(SourceNetwork.text(SourceNetwork.number(of: address)) == network)
    }
  }
}
