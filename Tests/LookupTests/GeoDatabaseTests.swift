import DMARC
import Foundation
import Lookup
import Seeds
import Testing

extension GeoFile {
  mutating func add(_ network: CIDR, asn: UInt32, country: String) {
    add(
      network,
      .map([("autonomous_system_number", .number(asn)), ("country", .map([("iso_code", .text(country))]))]))
  }

  mutating func add(_ network: CIDR, _ record: Value) {
    add(network.network.networkBytes, length: network.length, record)
  }
}

@Suite struct GeoDatabaseTests {
  @Test func networksAndCountries() throws {
    var file = GeoFile()
    file.add(try #require(CIDR("192.0.2.0/24")), asn: 64_500, country: "JP")
    file.add(try #require(CIDR("2001:db8::/32")), asn: 4_200_000_000, country: "DE")
    try file.with { path in
      let database = try GeoDatabase(path: path)
      func place(_ text: String) throws -> (asn: UInt32?, country: String?) {
        database.look(up: try #require(IPAddress(text)))
      }
      #expect(try place("192.0.2.77") == (64_500, "JP"))
      #expect(try place("2001:db8:1::1") == (4_200_000_000, "DE"))
      #expect(try place("198.51.100.1") == (nil, nil))
    }
  }

  /// The records of MaxMind and DB-IP, and those of IPinfo: Lite, "country ASN" and "ASN free".
  static let layouts: [GeoFile.Value] = [
    .map([
      ("autonomous_system_number", .number(64_500)), ("autonomous_system_organization", .text("Example Net")),
      ("country", .map([("iso_code", .text("JP"))])),
    ]),
    .map([
      ("asn", .text("AS64500")), ("as_name", .text("Example Net")), ("as_domain", .text("example.net")),
      ("country_code", .text("JP")), ("country", .text("Japan")),
    ]),
    .map([
      ("asn", .text("AS64500")), ("as_name", .text("Example Net")), ("country", .text("JP")),
      ("country_name", .text("Japan")),
    ]),
    .map([("asn", .text("AS64500")), ("name", .text("Example Net")), ("country_code", .text("JP"))]),
  ]

  @Test(arguments: layouts) func everyLayoutIsRead(record: GeoFile.Value) throws {
    var file = GeoFile()
    file.add(try #require(CIDR("192.0.2.0/24")), record)
    try file.with { path in
      let database = try GeoDatabase(path: path)
      let address = try #require(IPAddress("192.0.2.1"))
      #expect(database.look(up: address) == (64_500, "JP"))
      for _ in 0..<2 {
        let system = database.system(of: address)
        #expect(system?.number == 64_500 && system?.organisation == "Example Net")
      }
      let other = try #require(IPAddress("192.0.3.1"))
      #expect(database.system(of: other) == nil)
    }
  }

  @Test(arguments: [
    ("asn", "64500"), ("asn", "AS"), ("asn", "AS-1"), ("asn", "AS99999999999"), ("asn", ""), ("country", "Japan"),
    ("country_code", "jp"),
  ])
  func valuesOfOtherFormsAreLeftOut(key: String, value: String) throws {
    var file = GeoFile()
    file.add(try #require(CIDR("192.0.2.0/24")), .map([(key, .text(value))]))
    try file.with { path in
      let found = try GeoDatabase(path: path).look(up: try #require(IPAddress("192.0.2.1")))
      #expect(found == (nil, nil))
    }
  }

  @Test func organisationsAreOneLine() throws {
    var file = GeoFile()
    file.add(
      try #require(CIDR("192.0.2.0/24")),
      .map([("asn", .text("AS64500")), ("as_name", .text("\u{1b}[31m Exa\u{202e}mple\n\n Net "))]))
    try file.with { path in
      let system = try GeoDatabase(path: path).system(of: try #require(IPAddress("192.0.2.1")))
      #expect(system?.organisation == "[31m Example Net")
    }
  }

  @Test(arguments: [
    ("GeoLite2-ASN", GeoDatabase.Publisher.maxMind), ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", .dbIP),
    ("ipinfo ipinfo_lite.mmdb", .ipinfo), ("Test", nil),
  ])
  func filesDescribeThemselves(type: String, publisher: GeoDatabase.Publisher?) throws {
    var file = GeoFile(type: type, built: 1_790_000_000)
    file.add(try #require(CIDR("192.0.2.0/24")), asn: 1, country: "JP")
    file.add(try #require(CIDR("198.51.100.0/24")), asn: 2, country: "JP")
    try file.with { path in
      let description = try GeoDatabase(path: path).description()
      #expect(description.type == type)
      #expect(description.publisher == publisher)
      #expect(description.built == 1_790_000_000)
      #expect(description.networks == 2)
    }
  }

  @Test func dateBeyondAllCalendars() throws {
    var file = GeoFile(built: .max)
    file.add(try #require(CIDR("192.0.2.0/24")), asn: 1, country: "JP")
    let built = try file.with { try GeoDatabase(path: $0).description().built }
    #expect(built == .max)
  }

  @Test func invalidFilesAreRejected() throws {
    #expect(throws: LookupError.self) { try GeoDatabase(path: "/nowhere.mmdb") }
    let path = NSTemporaryDirectory() + UUID().uuidString + ".mmdb"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("no database".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: LookupError.self) { try GeoDatabase(path: path) }
  }
}
