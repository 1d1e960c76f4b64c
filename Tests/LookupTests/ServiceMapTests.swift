import DMARC
import Lookup
import Testing

@Suite struct ServiceMapTests {
  private static let header = "base_reverse_dns,name,type\n"

  private func map(_ text: String) throws -> ServiceMap { try ServiceMap(parsing: Array(text.utf8), path: "map.csv") }

  private func entry(_ map: ServiceMap, _ host: String) throws -> ServiceMap.Entry? {
    map.entry(for: try #require(DomainName(host)))
  }

  @Test func hostsAreFoundByTheirLongestDomain() throws {
    let map = try map(
      Self.header + "mailer.example,Mailer,Marketing\nhosting.mailer.example,\"Mailer, \"\"Hosting\"\"\",Web Host\n")
    #expect(map.count == 2)
    #expect(try entry(map, "mailer.example")?.name == "Mailer")
    #expect(try entry(map, "out1.MAILER.example")?.type == "Marketing")
    #expect(try entry(map, "a.hosting.mailer.example")?.name == "Mailer, \"Hosting\"")
    #expect(try entry(map, "notmailer.example") == nil)
    #expect(try entry(map, "example") == nil)
    #expect(map.firstFlaw == nil)
  }

  @Test(arguments: ["\n", "\r\n"]) func linesMayEndWithCarriageReturns(end: String) throws {
    let map = try map(
      "\u{feff}Type,Name,Base_Reverse_DNS,note\(end)ISP,One,one.example,\(end)ISP,Two,two.example,x\(end)\(end)")
    #expect(map.count == 2)
    #expect(try entry(map, "a.one.example")?.type == "ISP")
    #expect(map.firstFlaw == nil)
  }

  @Test func lastOfEqualDomainsCounts() throws {
    let map = try map(Self.header + "a.example,One,ISP\nb.example,Other,ISP\nA.example.,Two,ISP\n")
    #expect(map.count == 2)
    #expect(try entry(map, "a.example")?.name == "Two")
    #expect(map.flaws == [.duplicate: 1])
    #expect(map.firstFlaw?.line == 4)
  }

  @Test(arguments: [
    ("com,Everybody,ISP", ServiceMap.Flaw.domain), (",None,ISP", .domain), ("a b.example,Blank,ISP", .domain),
    ("x.example,,ISP", .name), ("x.example,\" \u{202e}\",ISP", .name), ("x.example,Two", .fields),
    ("x.example,A,B,C", .fields), ("192.0.2.1,Address,ISP", .domain),
  ])
  func linesWithFlawsAreLeftOut(line: String, flaw: ServiceMap.Flaw) throws {
    let map = try map(Self.header + "a.example,One,ISP\n\(line)\n")
    #expect(map.count == 1)
    #expect(map.flaws == [flaw: 1])
    #expect(map.firstFlaw?.line == 3)
  }

  @Test func namesAreOneLine() throws {
    let map = try map(Self.header + "a.example,\"O\u{1b}[2Jne\n\u{200b}Two\u{85}Three\",\"I\tSP\"\nb.example,B,ISP\n")
    #expect(try entry(map, "a.example")?.name == "O [2Jne Two Three")
    #expect(try entry(map, "a.example")?.type == "I SP")
    #expect(map.count == 2)
  }

  @Test func bytesThatAreNoTextDoNotTrap() throws {
    let bytes = Array(Self.header.utf8) + [0x61, 0x2e, 0x62, 0x2c, 0xff, 0xfe, 0x2c, 0xc3, 0x0a]
    #expect(try ServiceMap(parsing: bytes, path: "map.csv").count == 1)
  }

  @Test(arguments: [
    ("", "line 1: the table of names is empty"), ("domain,name\na.example,A\n", "line 1: the columns must be"),
    ("\u{1b}[31m,x\n", "\"[31m,x\""), (header + "a.example,A,\"ISP\nb.example,B,ISP\n", "line 2: a quotation mark"),
    (header + "a.example,A,ISP\n" + String(repeating: "x", count: 5_000), "line 3: the line is too long"),
    (header + String(repeating: ",", count: 100), "line 2: the line is too long"),
    (header + "<html>\n</html>\n", "line 2: no line can be used"),
  ])
  func errorsNameTheLineAndTheNextStep(text: String, problem: String) throws {
    let error = try #require(throws: LookupError.self) { try map(text) }
    #expect(error.description.hasPrefix("map.csv: line "), "\(error)")
    #expect(error.description.contains(problem), "\(error)")
    #expect(error.description.contains("parsedmarc"), "\(error)")
  }

  @Test func tableOfTooManyBytes() throws {
    let bytes = [UInt8](repeating: 0x0a, count: ServiceMap.mostBytes + 1)
    let error = try #require(throws: LookupError.self) { try ServiceMap(parsing: bytes, path: "map.csv") }
    #expect(error.description.contains("32 MiB"))
  }
}
