extension Limits {
  /// The limits by name. The raw values are those of the configuration file, never renamed.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// ``Limits/inflatedBytes``.
    case inflatedBytes = "inflated_bytes"
    /// ``Limits/ratio``.
    case ratio
    /// ``Limits/members``.
    case members
    /// ``Limits/containerDepth``.
    case containerDepth = "container_depth"
    /// ``Limits/mailBytes``.
    case mailBytes = "mail_bytes"
    /// ``Limits/mimeDepth``.
    case mimeDepth = "mime_depth"
    /// ``Limits/mimeParts``.
    case mimeParts = "mime_parts"
    /// ``Limits/depth``.
    case depth
    /// ``Limits/textBytes``.
    case textBytes = "text_bytes"
    /// ``Limits/recordBytes``.
    case recordBytes = "record_bytes"
    /// ``Limits/rows``.
    case rows
    /// ``Limits/fromDomains``.
    case fromDomains = "from_domains"
    /// ``Limits/names``.
    case names
    /// ``Limits/addresses``.
    case addresses
    /// ``Limits/storedRatio``.
    case storedRatio = "stored_ratio"

    /// The highest value that it can be given; sums and products of such values do not overflow.
    public var highest: Int64 {
      switch self {
      case .containerDepth, .mimeDepth, .depth: Int64(Limits.mostLevels)
      case .addresses: Int64(Limits.mostAddresses)
      case .inflatedBytes, .ratio, .members, .mailBytes, .mimeParts, .textBytes, .recordBytes, .rows, .fromDomains,
        .names, .storedRatio:
        1 << 50
      }
    }

    /// Whether it counts levels of nesting, each of which costs stack.
    public var countsLevels: Bool { highest == Int64(Limits.mostLevels) }
  }

  /// The value of a limit, in its own unit. A value that is set is brought into the range from 1 to ``Code/highest``.
  public subscript(code: Code) -> Int64 {
    get {
      switch Self.field(code) {
      case .integer(let path): Int64(self[keyPath: path])
      case .wide(let path): self[keyPath: path]
      }
    }
    set {
      let value = min(max(newValue, 1), code.highest)
      switch Self.field(code) {
      case .integer(let path): self[keyPath: path] = Int(value)
      case .wide(let path): self[keyPath: path] = value
      }
    }
  }

  private enum Field {
    case integer(WritableKeyPath<Limits, Int>)
    case wide(WritableKeyPath<Limits, Int64>)
  }

  private static func field(_ code: Code) -> Field {
    switch code {
    case .inflatedBytes: .wide(\.inflatedBytes)
    case .ratio: .wide(\.ratio)
    case .members: .integer(\.members)
    case .containerDepth: .integer(\.containerDepth)
    case .mailBytes: .wide(\.mailBytes)
    case .mimeDepth: .integer(\.mimeDepth)
    case .mimeParts: .integer(\.mimeParts)
    case .depth: .integer(\.depth)
    case .textBytes: .integer(\.textBytes)
    case .recordBytes: .integer(\.recordBytes)
    case .rows: .integer(\.rows)
    case .fromDomains: .integer(\.fromDomains)
    case .names: .integer(\.names)
    case .addresses: .integer(\.addresses)
    case .storedRatio: .wide(\.storedRatio)
    }
  }
}
