import DMARC
import Testing

@testable import Settings

@Suite struct DomainPatternTests {
  @Test(arguments: [
    ("kunde*.example", "kunde1.example", true), ("kunde*.example", "kunde.example", true),
    ("kunde*.example", "kunde1.mail.example", true), ("kunde*.example", "kunde1.example.net", false),
    ("kunde*.example", "www.kunde1.example", false), ("kunde?.example", "kunde1.example", true),
    ("kunde?.example", "kunde.example", false), ("kunde?.example", "kunde12.example", false),
    ("*.example.com", "a.b.example.com", true), ("*.example.com", "example.com", false), ("*", "anything.test", true),
    ("*a*b*c", "xaxbxc", true), ("*a*b*c", "xaxcxb", false), ("KUNDE*.Example.", "kunde1.example", true),
    ("b*cher.example", "bücher.example", false), ("bü*.example", "bücher.example", true),
    ("bücher*.exampl?", "bücherei.example", true), ("xn--b*.example", "bücher.example", true),
    ("bü*.example", "bucher.example", false),
  ])
  func matchesWholeNames(_ pattern: String, _ name: String, _ isMatch: Bool) throws {
    #expect(try #require(DomainPattern(pattern)).matches(#require(DomainName(name))) == isMatch)
  }

  @Test(arguments: ["example.com", "a*.o[rg]", "a b*", "*\n", "*'", "", String(repeating: "*", count: 256)])
  func otherTextsAreNoPatterns(_ text: String) { #expect(DomainPattern(text) == nil) }

  /// The time for one pair of texts is bounded by their lengths, not by what the stars could stand for.
  @Test func manyStarsEnd() throws {
    let pattern = try #require(DomainPattern(String(repeating: "*a", count: 120) + "b"))
    #expect(!pattern.matches(try #require(DomainName(String(repeating: "a", count: 250)))))
  }

  @Test func distanceIgnoresWhatStarsStandFor() throws {
    let pattern = try #require(DomainPattern("kunde*.exmaple"))
    #expect(pattern.distance(to: try #require(DomainName("kunde17.example"))) == 2)
    #expect(pattern.distance(to: try #require(DomainName("kunde.exmaple"))) == 0)
    let names = ["kunde17.example", "other.test"].compactMap(DomainName.init)
    #expect(NearNames.of(pattern, among: names) == Array(names.prefix(1)))
    #expect(NearNames.of(try #require(DomainPattern("*a")), among: names).isEmpty)
  }
}

@Suite struct DomainListTests {
  private func list(_ text: String) throws -> [DomainList.Entry] { try DomainList(Array(text.utf8), file: "l").entries }

  @Test func linesCommentsAndEmptyLines() throws {
    let entries = try list("\u{feff}# customers\r\nexample.com  # ours\r\n\r\n  kunde*.example\t\nbücher.example")
    #expect(entries.map(\.line) == [2, 4, 5])
    #expect(entries.map { "\($0.selector)" } == ["example.com", "kunde*.example", "xn--bcher-kva.example"])
  }

  @Test(arguments: [
    ("a.example\nfoo..bar\n", "l: \"foo..bar\" is neither a domain name nor a pattern", "(line 2)"),
    ("*.o[rg]", "\"*.o[rg]\" is neither", "(line 1)"), ("a.example b.example", "is neither", "(line 1)"),
    ("# nothing\n\n", "l: the list names no domain", ""),
    (String(repeating: "*.example\n", count: DomainList.mostPatterns + 1), "1000 patterns", "(line 1001)"),
  ])
  func errorsNameFileAndLine(_ text: String, _ problem: String, _ line: String) throws {
    let error = try #require(throws: SettingsError.self) { try list(text) }
    #expect(error.description.contains(problem) && error.description.hasSuffix(line), "\(error)")
  }

  @Test func sizeIsBounded() throws {
    let large = [UInt8](repeating: 0x0a, count: DomainList.mostBytes + 1)
    #expect(throws: SettingsError.self) { try DomainList(large, file: "l") }
    #expect(throws: SettingsError.self) { try DomainList([0x61, 0xff], file: "l") }
  }
}
