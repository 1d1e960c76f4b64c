import CMaxMind

extension GeoDatabase {
  /// What a file says about itself.
  package struct Description: Sendable, Hashable {
    /// The type that its publisher gave it, such as `GeoLite2-ASN`.
    package let type: String
    /// When the file was built, in epoch seconds.
    package let built: Int64
    /// The number of networks.
    package let networks: Int
    /// Who publishes files of this type; nil for an unknown type.
    package let publisher: Publisher?
  }

  /// A publisher, recognised by the types of its files. The raw values are printed.
  package enum Publisher: String, Sendable, Hashable, CaseIterable {
    case maxMind = "MaxMind"
    case dbIP = "DB-IP"
    case ipinfo = "IPinfo"

    init?(type: String) {
      let type = type.lowercased()
      if type.hasPrefix("dbip") {
        self = .dbIP
      } else if type.hasPrefix("ipinfo") {
        self = .ipinfo
      } else if type.hasPrefix("geolite2") || type.hasPrefix("geoip2") {
        self = .maxMind
      } else {
        return nil
      }
    }
  }

  /// What the file says about itself. Counting the networks reads the whole tree.
  package func description() -> Description {
    let metadata = file.pointee.metadata
    let type = metadata.database_type.map { NameText.clean(String(cString: $0)) } ?? ""
    return Description(
      type: type, built: Int64(exactly: metadata.build_epoch) ?? .max, networks: networks(),
      publisher: Publisher(type: type))
  }

  /// The number of records that the tree leads to.
  private func networks() -> Int {
    var count = 0
    var node = MMDB_search_node_s()
    for number in 0..<file.pointee.metadata.node_count where MMDB_read_node(file, number, &node) == MMDB_SUCCESS {
      if Int(node.left_record_type) == Self.data { count += 1 }
      if Int(node.right_record_type) == Self.data { count += 1 }
    }
    return count
  }

  private static let data = Int(MMDB_RECORD_TYPE_DATA)
}
