import DMARC
import Foundation
import Lookup
import Testing

/// Writes minimal MaxMind DB files in the published format.
private struct GeoFile {
  private var nodes: [[Int]] = [[0, 0]]
  private var entries: [(path: [Int], data: Int)] = []
  private var data: [UInt8] = []

  mutating func add(_ network: CIDR, asn: UInt32, country: String) {
    let offset = data.count
    let number = (0..<4).map { UInt8(truncatingIfNeeded: asn >> (24 - 8 * UInt32($0))) }
    data += [0xe2] + Self.text("autonomous_system_number") + [0xc4] + number
    data += Self.text("country") + [0xe1] + Self.text("iso_code") + Self.text(country)
    // IPv4 addresses are at ::/96.
    let bits = (network.network.isIPv6 ? [] : [UInt8](repeating: 0, count: 12)) + network.network.networkBytes
    let length = network.length + (network.network.isIPv6 ? 0 : 96)
    entries.append(((0..<length).map { Int(bits[$0 / 8] >> (7 - UInt8($0 % 8))) & 1 }, offset))
  }

  private static func text(_ text: String) -> [UInt8] { [0x40 | UInt8(text.utf8.count)] + Array(text.utf8) }

  mutating func bytes() -> Data {
    var leaves: [(node: Int, bit: Int, data: Int)] = []
    for entry in entries {
      var node = 0
      for bit in entry.path.dropLast() {
        if nodes[node][bit] == 0 {
          nodes.append([0, 0])
          nodes[node][bit] = nodes.count - 1
        }
        node = nodes[node][bit]
      }
      leaves.append((node, entry.path.last ?? 0, entry.data))
    }
    let count = nodes.count
    for node in nodes.indices { for bit in 0...1 where nodes[node][bit] == 0 { nodes[node][bit] = count } }
    for leaf in leaves { nodes[leaf.node][leaf.bit] = count + 16 + leaf.data }
    var file: [UInt8] = nodes.flatMap { $0.flatMap { [UInt8($0 >> 16), UInt8($0 >> 8 & 255), UInt8($0 & 255)] } }
    file += [UInt8](repeating: 0, count: 16) + data + [0xab, 0xcd, 0xef] + Array("MaxMind.com".utf8)
    func small(_ name: String, _ type: UInt8, _ value: Int) -> [UInt8] {
      Self.text(name) + [type << 5 | 2, UInt8(value >> 8), UInt8(value & 255)]
    }
    file +=
      [0xe9] + Self.text("languages") + [0x00, 0x04] + Self.text("description") + [0xe0]
      + small("binary_format_major_version", 5, 2) + small("binary_format_minor_version", 5, 0)
    file += small("record_size", 5, 24) + small("ip_version", 5, 6) + Self.text("node_count") + [0xc2]
    file += [UInt8(count >> 8), UInt8(count & 255)] + Self.text("database_type") + Self.text("Test")
    file += Self.text("build_epoch") + [0x02, 0x02, 0x01, 0x00]
    return Data(file)
  }
}

@Suite struct GeoDatabaseTests {
  @Test func networksAndCountries() throws {
    var file = GeoFile()
    file.add(try #require(CIDR("192.0.2.0/24")), asn: 64_500, country: "JP")
    file.add(try #require(CIDR("2001:db8::/32")), asn: 4_200_000_000, country: "DE")
    let path = NSTemporaryDirectory() + UUID().uuidString + ".mmdb"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try file.bytes().write(to: URL(fileURLWithPath: path))
    let database = try GeoDatabase(path: path)
    func place(_ text: String) throws -> (asn: UInt32?, country: String?) {
      database.look(up: try #require(IPAddress(text)))
    }
    #expect(try place("192.0.2.77") == (64_500, "JP"))
    #expect(try place("2001:db8:1::1") == (4_200_000_000, "DE"))
    #expect(try place("198.51.100.1") == (nil, nil))
  }

  @Test func invalidFilesAreRejected() throws {
    #expect(throws: LookupError.self) { try GeoDatabase(path: "/nowhere.mmdb") }
    let path = NSTemporaryDirectory() + UUID().uuidString + ".mmdb"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("no database".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: LookupError.self) { try GeoDatabase(path: path) }
  }
}
