/// A valid domain or host name: letters, digits and hyphens (RFC 1123 §2.1), or an internationalised name (RFC 5890).
///
/// Commands and DNS records that people paste are built from this type, never from a ``DomainName``, which holds whatever a
/// report says.
///
/// ```swift
/// DomainName("bücher.example")?.publishable?.asciiName  // xn--bcher-kva.example
/// DomainName("$(reboot).example")?.publishable  // nil
/// ```
public struct PublishableName: Hashable, Sendable, CustomStringConvertible {
  /// The name as reported, in lower case.
  public let name: String
  /// The name in ASCII, with U-labels converted to A-labels (RFC 5891).
  public let asciiName: String

  /// Creates a publishable name; nil if the domain is not a valid name of at most 253 octets with labels of 1 to 63 octets.
  /// Underscores are allowed in all labels except the last two, as in `_spf.example.com` (RFC 8552).
  public init?(_ domain: DomainName) {
    let labels = domain.name.split(separator: ".", omittingEmptySubsequences: false)
    var ascii: [String] = []
    for (index, label) in labels.enumerated() {
      guard let label = Self.asciiLabel(label, allowsUnderscore: labels.count - index > 2) else { return nil }
      ascii.append(label)
    }
    guard let last = ascii.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    asciiName = ascii.joined(separator: ".")
    guard asciiName.utf8.count <= 253 else { return nil }
    name = domain.name
  }

  /// The name as reported.
  public var description: String { name }

  private static func asciiLabel(_ label: Substring, allowsUnderscore: Bool) -> String? {
    guard let first = label.unicodeScalars.first, let last = label.unicodeScalars.last else { return nil }
    guard first != "-", last != "-", !first.isCombiningMark else { return nil }
    guard label.unicodeScalars.allSatisfy({ isAllowed($0, allowsUnderscore) }) else { return nil }
    let isASCII = label.utf8.allSatisfy { $0 < 0x80 }
    guard let ascii = isASCII ? String(label) : Punycode.encode(label).map({ "xn--" + $0 }) else { return nil }
    return ascii.utf8.count <= 63 ? ascii : nil
  }

  /// LDH and underscore. Beyond ASCII, what RFC 5892 allows in general: lower-case letters, marks and digits that compatibility
  /// mapping does not change.
  private static func isAllowed(_ scalar: Unicode.Scalar, _ allowsUnderscore: Bool) -> Bool {
    switch scalar {
    case "a"..."z", "0"..."9", "-": return true
    case "_": return allowsUnderscore
    case "\u{0}"..."\u{7f}": return false
    case "\u{b7}", "\u{30fb}": return true
    default: break
    }
    guard !scalar.isHidden, !scalar.properties.changesWhenNFKCCaseFolded else { return false }
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: return true
    default: return false
    }
  }
}

extension DomainName {
  /// The name for use in commands and DNS records; nil if it is not a valid domain name.
  public var publishable: PublishableName? { PublishableName(self) }
}
