/// A valid domain or host name: letters, digits and hyphens (RFC 1123 §2.1). Internationalised names are A-labels (RFC 5890).
///
/// Commands and DNS records that people paste are built from this type, never from a ``DomainName``, which holds whatever a
/// report says.
///
/// ```swift
/// DomainName("bücher.example")?.publishable?.asciiName  // xn--bcher-kva.example
/// DomainName("$(reboot).example")?.publishable  // nil
/// ```
public struct PublishableName: Hashable, Sendable, CustomStringConvertible {
  /// The name in lower case and in ASCII.
  public let name: String
  /// The same as ``name``: names are held as A-labels (RFC 5891).
  public var asciiName: String { name }

  /// Creates a publishable name; nil if the domain is not a valid name of at most 253 octets with labels of 1 to 63 octets.
  /// Underscores are allowed in all labels except the last two, as in `_spf.example.com` (RFC 8552).
  public init?(_ domain: DomainName) {
    let labels = domain.name.split(separator: ".", omittingEmptySubsequences: false)
    for (index, label) in labels.enumerated() {
      guard Self.isLabel(label, allowsUnderscore: labels.count - index > 2) else { return nil }
    }
    guard let last = labels.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard domain.name.utf8.count <= 253 else { return nil }
    name = domain.name
  }

  /// The name.
  public var description: String { name }

  private static func isLabel(_ label: Substring, allowsUnderscore: Bool) -> Bool {
    guard (1...63).contains(label.utf8.count), label.utf8.first != 0x2d, label.utf8.last != 0x2d else { return false }
    return label.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
      case UInt8(ascii: "_"): allowsUnderscore
      default: false
      }
    }
  }
}

extension DomainName {
  /// The name for use in commands and DNS records; nil if it is not a valid domain name.
  public var publishable: PublishableName? { PublishableName(self) }
}
