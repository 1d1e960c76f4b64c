package import DMARC

/// A mailbox for reports, as in `rua` (RFC 7489 §6.2).
package struct ReportMailbox: Sendable, Hashable, CustomStringConvertible {
  /// The local part.
  package let localPart: String
  /// The domain.
  package let domain: DomainName

  /// `local@domain`.
  package var description: String { "\(localPart)@\(domain.name)" }
  /// The address as a URI.
  package var uri: String { "mailto:\(self)" }

  /// Reads an address; nil if the text is not one, or would have to be escaped in a URI or a record.
  package init?(_ text: String) {
    let text = text.lowercased().hasPrefix("mailto:") ? text.dropFirst("mailto:".count) : text[...]
    guard let at = text.lastIndex(of: "@") else { return nil }
    let local = text[..<at]
    guard (1...64).contains(local.utf8.count), local.utf8.allSatisfy(Self.isPlain),
      let domain = DomainName(String(text[text.index(after: at)...])), domain.publishable != nil,
      domain.labels.count > 1
    else { return nil }
    (localPart, self.domain) = (String(local), domain)
  }

  /// The mailbox that a plan uses by default.
  package init(usualOf domain: DomainName) { (localPart, self.domain) = ("dmarc-reports", domain) }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: ".+-_=~".utf8.contains(byte)
    }
  }

  /// The addresses in a value of `rua`, in lower case.
  package static func list(_ value: String) -> [String] {
    ReportAddress.list(value, from: 1).compactMap { address in
      guard let uri = address.repaired, address.domain != nil, let colon = uri.firstIndex(of: ":") else { return nil }
      return uri[uri.index(after: colon)...].split(separator: "?").first.map { $0.lowercased() }
    }
  }
}
