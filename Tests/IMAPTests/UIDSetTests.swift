import Testing

@testable import IMAP

@Suite struct UIDSetTests {
  @Test func placeholder() { #expect(UIDSet([3, 1, 2, 7]).description == "1:3,7") }
}
