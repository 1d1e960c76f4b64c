import CGMime
import DMARC

/// The origin of a message, read from its header from the top down, because hosts add fields above those they received.
extension ReportMessage {
  private static let maxFields = 1_000
  private static let maxSignatures = 16
  private static let maxAddressLength = 320
  private static let maxFieldLength = 16_384

  /// - Parameters:
  ///   - trustedHosts: the authserv-ids whose Authentication-Results fields are trusted.
  ///   - receivedAt: when the server received the message, epoch seconds; nil if unknown.
  init(_ mail: MIMEPart, trustedHosts: Set<DomainName>, receivedAt: Int64?) {
    self.init(from: mail.author.map { String($0.prefix(Self.maxAddressLength)) }, receivedAt: receivedAt)
    var hasReceived = receivedAt != nil
    mail.forEachField(atMost: Self.maxFields) { name, value in
      switch name {
      case "authentication-results":
        // Only the topmost field of a trusted host counts: those further down may be forged (RFC 8601 §5).
        guard authentication == nil, !trustedHosts.isEmpty, let results = AuthenticationResults(value),
          trustedHosts.contains(results.host)
        else { return }
        authentication = results
      case "dkim-signature":
        if signatureDomains.count < Self.maxSignatures, let domain = Self.signer(value),
          !signatureDomains.contains(domain)
        {
          signatureDomains.append(domain)
        }
      case "received":
        if !hasReceived { self.receivedAt = Self.date(value) }
        hasReceived = true
      default: break
      }
    }
  }

  /// The header of a message that is attached to this one. Its fields are unverified claims.
  func forwarded(_ inner: MIMEPart) -> ReportMessage {
    var mail = ReportMessage(inner, trustedHosts: [], receivedAt: receivedAt)
    mail.receivedAt = receivedAt
    mail.forwardedBy = forwardedBy ?? from
    return mail
  }

  /// The `d=` tag of a DKIM-Signature field (RFC 6376 §3.5); nil if absent or invalid.
  static func signer(_ value: [UInt8]) -> DomainName? {
    guard value.count <= maxFieldLength else { return nil }
    for tag in value.split(separator: UInt8(ascii: ";")) {
      let text = tag.filter { $0 > 0x20 }
      guard text.starts(with: Array("d=".utf8)) else { continue }
      return DomainName(String(decoding: text.dropFirst(2), as: UTF8.self))
    }
    return nil
  }

  /// The date after the last semicolon of a Received field (RFC 5322 §3.6.7).
  private static func date(_ value: [UInt8]) -> Int64? {
    guard value.count <= maxFieldLength, let semicolon = value.lastIndex(of: UInt8(ascii: ";")) else { return nil }
    let date = String(decoding: value[(semicolon + 1)...].prefix(200), as: UTF8.self)
    let seconds = mail_read_date(date)
    return seconds > 0 ? seconds : nil
  }
}

extension MIMEPart {
  /// Calls `body` with the header fields of a message from the top, with names in lower case and values as sent.
  func forEachField(atMost limit: Int, _ body: (String, [UInt8]) -> Void) {
    guard let message = messageHandle else { return }
    for index in 0..<min(Int(mail_field_count(message)), limit) {
      guard let field = mail_field(message, Int32(index)), let name = mail_field_name(field),
        let value = mail_field_value(field)
      else { continue }
      let lowered = String(cString: name).lowercased()
      guard ["authentication-results", "dkim-signature", "received"].contains(lowered) else { continue }
      body(lowered, String(cString: value).utf8.map { $0 })
    }
  }
}
