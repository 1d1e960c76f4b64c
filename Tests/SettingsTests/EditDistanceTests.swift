import Testing

@testable import Settings

@Suite struct EditDistanceTests {
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("after", "after", 0),
    ("acounts", "accounts", 1), ("ü", "u", 1), ("shwo", "show", 1), ("ab", "ba", 1), ("abcd", "badc", 2),
  ])
  func distancesCountInsertionsDeletionsReplacementsAndExchanges(_ left: String, _ right: String, _ distance: Int) {
    #expect(EditDistance.between(left, right) == distance)
    #expect(EditDistance.between(right, left) == distance)
  }
}
