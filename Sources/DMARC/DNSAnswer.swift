/// A question to the Domain Name System (RFC 1035 §4.1.2).
public struct DNSQuestion: Sendable, Hashable {
  /// The name asked for, in lower case, without a trailing dot.
  public let name: String
  /// The record type asked for.
  public let type: RecordType

  /// The record types that SPF and host names need.
  public enum RecordType: String, Sendable, Hashable, CaseIterable {
    case a = "A"
    case aaaa = "AAAA"
    case mx = "MX"
    case txt = "TXT"
    case ptr = "PTR"
  }

  /// A question.
  public init(_ name: String, _ type: RecordType) {
    var name = name.lowercased()
    while name.hasSuffix(".") { name.removeLast() }
    self.name = name
    self.type = type
  }

  /// The question for the host name of an address: its octets or nibbles reversed below `in-addr.arpa` or `ip6.arpa`.
  public init(hostNameOf address: IPAddress) {
    let bytes = address.networkBytes.reversed()
    guard address.isIPv6 else {
      self.init(bytes.map { "\($0)" }.joined(separator: ".") + ".in-addr.arpa", .ptr)
      return
    }
    let nibbles = bytes.flatMap { [$0 & 0xf, $0 >> 4] }.map { String($0, radix: 16) }
    self.init(nibbles.joined(separator: ".") + ".ip6.arpa", .ptr)
  }

  /// Whether a name server can be asked: labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4).
  public var isAskable: Bool {
    !name.isEmpty && name.utf8.count <= 253
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { (1...63).contains($0.utf8.count) }
  }
}

/// The answer to a ``DNSQuestion``. Untrusted: whoever owns a name writes what he likes.
public struct DNSAnswer: Sendable, Hashable {
  /// How it ended.
  public var status: Status
  /// One text for each record: an address, `10 mx.example.com`, the joined strings of a TXT record, or a host name.
  public var values: [String]
  /// Seconds for which it holds.
  public var ttl: UInt32

  /// How a look-up ended.
  public enum Status: String, Sendable, Hashable {
    case found
    /// The name is there, but has no record of this type.
    case noRecords = "no-records"
    /// There is no such name.
    case noName = "no-name"
    /// The name server could not be asked, or could not answer: it may be different the next time.
    case failure
  }

  /// An answer.
  public init(_ status: Status, _ values: [String] = [], ttl: UInt32 = 0) {
    self.status = status
    self.values = values
    self.ttl = ttl
  }

  /// A look-up that gave nothing: NXDOMAIN, or no record (RFC 7208 §4.6.4).
  public var isVoid: Bool { status == .noRecords || status == .noName }

  /// The values as addresses; what is none is left out.
  public var addresses: [IPAddress] { values.compactMap { IPAddress($0) } }

  /// The host names of MX records, in the order of the answer.
  public var exchanges: [String] {
    values.compactMap { $0.split(separator: " ").last.map(String.init) }
  }
}
