/// The owner name of a DNS record.
public struct RecordOwner: Hashable, Sendable, CustomStringConvertible {
  /// The name in ASCII, without the final dot.
  public let name: String

  /// The domain itself, where its SPF record is published (RFC 7208 §3).
  public init(_ domain: PublishableName) { name = domain.asciiName }

  /// The owner of a DKIM key record (RFC 6376 §3.6.2.1); nil if the selector is not a sequence of valid labels, or the name is too long.
  public init?(selector: String, of domain: PublishableName) {
    let labels = selector.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.allSatisfy({ Self.isLabel($0) }) else { return nil }
    self.init(prefix: "\(selector)._domainkey", domain)
  }

  /// The parent of a domain's DKIM key records (RFC 6376 §3.6.2.1); nil if the name is too long.
  public init?(keysOf domain: PublishableName) { self.init(prefix: "_domainkey", domain) }

  /// The owner of a domain's DMARC record (RFC 7489 §6.1); nil if the name is too long.
  public init?(policyOf domain: PublishableName) { self.init(prefix: "_dmarc", domain) }

  /// The owner of the record by which `receiver` agrees to receive reports about `domain` (RFC 7489 §7.1); nil if the name is too long.
  public init?(reportsOn domain: PublishableName, at receiver: PublishableName) {
    self.init(prefix: "\(domain.asciiName)._report._dmarc", receiver)
  }

  private init?(prefix: String, _ domain: PublishableName) {
    name = "\(prefix).\(domain.asciiName)"
    guard name.utf8.count <= 253 else { return nil }
  }

  private static func isLabel(_ label: Substring) -> Bool {
    guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else { return false }
    return label.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  /// The name, without the final dot.
  public var description: String { name }
}

/// A mechanism of an SPF record (RFC 7208 §5). It cannot be built from untrusted text.
public struct SPFTerm: Hashable, Sendable, CustomStringConvertible {
  /// The mechanism as written in a record.
  public let description: String

  /// Creates an `ip4` or `ip6` mechanism for one address (RFC 7208 §5.6).
  public init(_ address: IPAddress) { description = address.isIPv6 ? "ip6:\(address)" : "ip4:\(address)" }

  /// Creates an `ip4` or `ip6` mechanism for a network (RFC 7208 §5.6).
  public init(_ network: CIDR) { description = network.network.isIPv6 ? "ip6:\(network)" : "ip4:\(network)" }

  /// Creates an `include` mechanism (RFC 7208 §5.2).
  public init(include domain: PublishableName) { description = "include:\(domain.asciiName)" }
}

/// A TXT record in zone file syntax (RFC 1035 §5.1).
public struct TXTRecord: Hashable, Sendable, CustomStringConvertible {
  /// The owner of the record.
  public let owner: RecordOwner
  /// The text. It is published as strings of up to 255 octets that readers concatenate.
  public let text: String

  /// Creates a record.
  public init(_ owner: RecordOwner, _ text: String) {
    self.owner = owner
    self.text = text
  }

  /// The text as quoted strings, with `"` and `\` escaped and octets beyond printable ASCII written as `\DDD`.
  public var data: String {
    let bytes = Array(text.utf8)
    let starts = bytes.isEmpty ? [0] : Array(stride(from: 0, to: bytes.count, by: 255))
    return starts.map { Self.quoted(bytes[$0..<min($0 + 255, bytes.count)]) }.joined(separator: " ")
  }

  /// The record as a line of a zone file.
  public var description: String { "\(owner.name). TXT \(data)" }

  private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
    var result = "\""
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += "\\\(Unicode.Scalar(byte))"
      case 0x20..<0x7f: result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte)
        result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
