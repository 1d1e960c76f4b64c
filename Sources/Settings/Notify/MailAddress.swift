package import DMARC

/// An address of email, with a name if it has one. It has no character that ends a header line or a command, so it can be written to
/// both as it is.
package struct MailAddress: Sendable, Hashable {
  /// The name that mail programs show; nil if there is none.
  package let displayName: String?
  /// `local@domain` (RFC 5321 §4.1.2), in ASCII.
  package let address: String
  /// The domain in A-labels.
  package let domain: DomainName

  /// Reads `local@domain` or `Name <local@domain>`. Nil unless the local part is a dot-string of ASCII characters.
  package init?(_ text: String) {
    let text = Self.trimmed(text[...])
    guard text.last == ">" else {
      guard let (address, domain) = Self.parts(text) else { return nil }
      (displayName, self.address, self.domain) = (nil, address, domain)
      return
    }
    guard let open = text.lastIndex(of: "<"),
      let (address, domain) = Self.parts(text[text.index(after: open)...].dropLast())
    else { return nil }
    var name = Self.trimmed(text[..<open])
    if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
    guard name.utf8.count <= Self.longestName, !name.unicodeScalars.contains(where: \.isHidden) else { return nil }
    (displayName, self.address, self.domain) = (name.isEmpty ? nil : String(name), address, domain)
  }

  private static let longestName = 200

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func parts(_ text: Substring) -> (String, DomainName)? {
    guard let at = text.lastIndex(of: "@") else { return nil }
    let local = text[..<at]
    guard (1...64).contains(local.utf8.count), local.first != "-",
      local.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }),
      local.utf8.allSatisfy(isAtomText), let domain = DomainName(String(text[text.index(after: at)...])),
      domain.publishable != nil
    else { return nil }
    return ("\(local)@\(domain.name)", domain)
  }

  /// `atext` of RFC 5322 §3.2.3, and the dot.
  private static func isAtomText(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: ".!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
  }
}
