public import Foundation

/// Writes minimal MaxMind DB files in the published format.
public struct GeoFile {
  /// A value of a record.
  public indirect enum Value: Sendable {
    case text(String)
    case number(UInt32)
    case map([(String, Value)])

    var bytes: [UInt8] {
      switch self {
      case .text(let text): GeoFile.text(text)
      case .number(let number): [0xc4] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
      case .map(let fields): [0xe0 | UInt8(fields.count)] + fields.flatMap { GeoFile.text($0.0) + $0.1.bytes }
      }
    }
  }

  /// The type of the file.
  public var type: String
  /// When it was made, in epoch seconds.
  public var built: UInt64

  /// A file without networks.
  public init(type: String = "Test", built: UInt64 = 256) { (self.type, self.built) = (type, built) }

  private var nodes: [[Int]] = [[0, 0]]
  private var entries: [(path: [Int], data: Int)] = []
  private var data: [UInt8] = []

  /// Adds a network.
  /// - Parameter network: the bytes of its address, 4 or 16.
  public mutating func add(_ network: [UInt8], length: Int, _ record: Value) {
    let offset = data.count
    data += record.bytes
    // IPv4 addresses are at ::/96.
    let isIPv6 = network.count > 4
    let bits = (isIPv6 ? [] : [UInt8](repeating: 0, count: 12)) + network
    let total = length + (isIPv6 ? 0 : 96)
    entries.append(((0..<total).map { Int(bits[$0 / 8] >> (7 - UInt8($0 % 8))) & 1 }, offset))
  }

  fileprivate static func text(_ text: String) -> [UInt8] {
    let count = text.utf8.count
    return (count < 29 ? [0x40 | UInt8(count)] : [0x5d, UInt8(count - 29)]) + Array(text.utf8)
  }

  /// Writes the file, and calls `body` with its path.
  public mutating func with<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + UUID().uuidString + ".mmdb"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try bytes().write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  /// The file.
  public mutating func bytes() -> Data {
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
    file += [UInt8(count >> 8), UInt8(count & 255)] + Self.text("database_type") + Self.text(type)
    file += Self.text("build_epoch") + [0x08, 0x02]
    file += (0..<8).map { UInt8(truncatingIfNeeded: built >> (56 - 8 * UInt64($0))) }
    return Data(file)
  }
}
