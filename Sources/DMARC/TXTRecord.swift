/// The name that a DNS record is published at.
public struct RecordOwner: Hashable, Sendable, CustomStringConvertible {
  /// The name in ASCII, without its final dot.
  public let name: String

  /// A domain itself, as SPF records are published (RFC 7208 §3).
  public init(_ domain: PublishableName) { name = domain.asciiName }

  /// The DKIM key of a selector (RFC 6376 §3.6.2.1); nil if the selector is not one or more valid labels, or the name gets too long.
  public init?(selector: String, of domain: PublishableName) {
    let labels = selector.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.allSatisfy({ Self.isLabel($0) }) else { return nil }
    self.init(prefix: "\(selector)._domainkey", domain)
  }

  /// The name below which the DKIM keys of a domain lie (RFC 6376 §3.6.2.1).
  public init?(keysOf domain: PublishableName) { self.init(prefix: "_domainkey", domain) }

  /// The DMARC policy of a domain (RFC 7489 §6.1).
  public init?(policyOf domain: PublishableName) { self.init(prefix: "_dmarc", domain) }

  /// The record by which a receiver of reports agrees to get those about a domain (RFC 7489 §7.1).
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

  /// The name, without its final dot.
  public var description: String { name }
}

/// A mechanism for an SPF record (RFC 7208 §5). No text gets into one.
public struct SPFTerm: Hashable, Sendable, CustomStringConvertible {
  /// The mechanism as a record has it.
  public let description: String

  /// Authorises one address (RFC 7208 §5.6).
  public init(_ address: IPAddress) { description = address.isIPv6 ? "ip6:\(address)" : "ip4:\(address)" }

  /// Authorises what the record of another domain authorises (RFC 7208 §5.2).
  public init(include domain: PublishableName) { description = "include:\(domain.asciiName)" }
}

/// A TXT record as a zone file has it (RFC 1035 §5.1).
public struct TXTRecord: Hashable, Sendable, CustomStringConvertible {
  /// Where it is published.
  public let owner: RecordOwner
  /// Its text, which readers put together from strings of 255 octets at most.
  public let text: String

  /// A record.
  public init(_ owner: RecordOwner, _ text: String) {
    self.owner = owner
    self.text = text
  }

  /// The text as quoted strings: `"` and `\` escaped, octets that are not printable ASCII as `\DDD`.
  public var data: String {
    let bytes = Array(text.utf8)
    let starts = bytes.isEmpty ? [0] : Array(stride(from: 0, to: bytes.count, by: 255))
    return starts.map { Self.quoted(bytes[$0..<min($0 + 255, bytes.count)]) }.joined(separator: " ")
  }

  /// The line for a zone file.
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
