/// What a file or a member of an archive is, by its first bytes. Names and types lie too often to be asked.
enum Content: Equatable {
  case xml, gzip, zip, empty
  /// No report; `kind` says in a word or two what it looks like.
  case other(kind: String)

  /// Enough bytes to tell.
  static let prefixLength = 512

  init(prefix: some Collection<UInt8>) {
    let bytes = Array(prefix)
    if bytes.isEmpty {
      self = .empty
    } else if bytes.starts(with: [0x1f, 0x8b]) {
      self = .gzip
    } else if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06]) {
      self = .zip
    } else if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      self = .xml
    } else {
      self = Self.text(bytes)
    }
  }

  private static func text(_ bytes: [UInt8]) -> Content {
    let text = bytes.drop { [0xef, 0xbb, 0xbf, 0x00, 0x20, 0x09, 0x0a, 0x0d].contains($0) }
    switch text.first {
    case UInt8(ascii: "<"): return .xml
    case UInt8(ascii: "{"): return .other(kind: "JSON, perhaps an SMTP TLS report")
    default: break
    }
    if looksLikeMail(bytes) { return .other(kind: "a mail message") }
    let controls = bytes.count { $0 < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].contains($0) }
    return .other(kind: controls == 0 ? "plain text" : "unknown binary data")
  }

  /// Whether the bytes start with a header field name and a colon (RFC 5322 §2.2), or an mbox separator.
  private static func looksLikeMail(_ bytes: [UInt8]) -> Bool {
    if bytes.starts(with: Array("From ".utf8)) { return true }
    let known = [
      "received", "return-path", "delivered-to", "from", "to", "subject", "date", "message-id", "mime-version",
      "content-type", "x-original-to", "authentication-results", "dkim-signature", "arc-seal", "sender",
    ]
    let name = bytes.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\n") }
    guard name.count < bytes.count, bytes[name.count] == UInt8(ascii: ":") else { return false }
    return known.contains(String(decoding: name, as: UTF8.self).lowercased())
  }
}
