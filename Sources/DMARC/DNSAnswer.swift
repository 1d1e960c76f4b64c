/// A DNS question (RFC 1035 §4.1.2).
public struct DNSQuestion: Sendable, Hashable {
  /// The queried name in lower case, without a trailing dot; U-labels are A-labels (RFC 5891 §5.5).
  public let name: String
  /// The queried record type.
  public let type: RecordType

  /// The record types that mail authentication, reverse DNS and the check of a domain need.
  public enum RecordType: String, Sendable, Hashable, CaseIterable {
    case a = "A"
    case aaaa = "AAAA"
    case mx = "MX"
    case txt = "TXT"
    case ptr = "PTR"
    case cname = "CNAME"
    case tlsa = "TLSA"
  }

  /// Creates a question; the name is converted to lower case and to A-labels.
  public init(_ name: String, _ type: RecordType) {
    var name = (name.utf8.allSatisfy { $0 < 0x80 } ? name : InternationalName.ascii(name)).lowercased()
    while name.hasSuffix(".") { name.removeLast() }
    self.name = name
    self.type = type
  }

  /// The reverse DNS question of an address, below `in-addr.arpa` (RFC 1035 §3.5) or `ip6.arpa` (RFC 3596 §2.5).
  public init(hostNameOf address: IPAddress) {
    let bytes = address.networkBytes.reversed()
    guard address.isIPv6 else {
      self.init(bytes.map { "\($0)" }.joined(separator: ".") + ".in-addr.arpa", .ptr)
      return
    }
    let nibbles = bytes.flatMap { [$0 & 0xf, $0 >> 4] }.map { String($0, radix: 16) }
    self.init(nibbles.joined(separator: ".") + ".ip6.arpa", .ptr)
  }

  /// Whether the name can be sent to a name server: labels of 1 to 63 octets, 253 octets in total (RFC 1035 §2.3.4).
  public var isAskable: Bool {
    !name.isEmpty && name.utf8.count <= 253
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { (1...63).contains($0.utf8.count) }
  }
}

/// The answer to a ``DNSQuestion``. Untrusted: the owner of the name controls the contents.
public struct DNSAnswer: Sendable, Hashable {
  /// The result of the lookup.
  public var status: Status
  /// One value for each record: an address, `10 mx.example.com`, the joined strings of a TXT record, a host name, or `3 1 1 0123abcd`.
  public var values: [String]
  /// How long the answer may be cached, in seconds.
  public var ttl: UInt32

  /// The result of a lookup. The raw values are stored.
  public enum Status: String, Sendable, Hashable {
    case found
    /// The name exists but has no record of this type.
    case noRecords = "no-records"
    /// The name does not exist (NXDOMAIN).
    case noName = "no-name"
    /// A temporary failure: the name server could not be reached or could not answer.
    case failure
  }

  /// Creates an answer.
  public init(_ status: Status, _ values: [String] = [], ttl: UInt32 = 0) {
    self.status = status
    self.values = values
    self.ttl = ttl
  }

  /// Whether this is a void lookup: NXDOMAIN, or no record of the type (RFC 7208 §4.6.4).
  public var isVoid: Bool { status == .noRecords || status == .noName }

  /// The values that are valid addresses.
  public var addresses: [IPAddress] { values.compactMap { IPAddress($0) } }

  /// The host names of the MX records, in the order of the answer.
  public var exchanges: [String] {
    values.compactMap { $0.split(separator: " ").last.map(String.init) }
  }
}
