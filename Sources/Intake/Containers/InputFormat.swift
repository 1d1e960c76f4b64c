import ReportXML

/// The format of a file, archive member or message part, detected from its first bytes. Names and media types are often wrong.
enum InputFormat: Equatable {
  case xml, gzip, zlib, bzip2, zip, tar, base64, mail, mbox, empty
  /// S/MIME, of which some kinds can be read.
  case cms(CMSContent.Kind)
  /// A `winmail.dat`.
  case tnef
  /// A known format that may contain a report, but is not read.
  case closed(ClosedFormat)
  /// Not a report; `kind` describes what it looks like.
  case other(kind: String)

  /// The kind of the reports of RFC 8460.
  static let tlsReport = "an SMTP TLS report"
  /// The number of bytes needed for detection.
  static let prefixLength = 4_096

  /// Base64 of the magic bytes of gzip, zip, `<?xml` and `<feedback`.
  static let base64Beginnings = ["H4sI", "UEsDB", "PD94bWw", "PGZlZWRiYWNr"].map { Array($0.utf8) }

  init(prefix: some Collection<UInt8>) {
    let bytes = Array(prefix.prefix(Self.prefixLength))
    self = Self.binary(bytes) ?? Self.text(bytes)
  }

  private static func binary(_ bytes: [UInt8]) -> InputFormat? {
    if bytes.isEmpty { return .empty }
    if bytes.starts(with: [0x1f, 0x8b]) { return .gzip }
    if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06]) { return .zip }
    if bytes.starts(with: [0x42, 0x5a, 0x68]), bytes.count > 3, (0x31...0x39).contains(bytes[3]) { return .bzip2 }
    // RFC 1950 §2.2: deflate with a window of at most 32 KiB, and a check of the two bytes.
    if bytes.count > 2, bytes[0] & 0x0f == 8, bytes[0] >> 4 <= 7, (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0,
      bytes[0] == 0x78, bytes[1] & 0x20 == 0
    {
      return .zlib
    }
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) { return .tar }
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) { return .xml }
    if let kind = CMSContent.Kind(prefix: bytes) { return .cms(kind) }
    if bytes.starts(with: TNEFReader.signature) { return .tnef }
    if let closed = ClosedFormat(prefix: bytes) { return .closed(closed) }
    let magics: [([UInt8], String)] = [
      (Array("%PDF".utf8), "a PDF document"), ([0x89, 0x50, 0x4e, 0x47], "a picture"),
      ([0xff, 0xd8, 0xff], "a picture"),
      (Array("GIF8".utf8), "a picture"), (Array("SQLite format 3".utf8), "an SQLite database"),
    ]
    return magics.first { bytes.starts(with: $0.0) }.map { .other(kind: $0.1) }
  }

  private static func text(_ bytes: [UInt8]) -> InputFormat {
    let text = bytes.drop { [0xef, 0xbb, 0xbf, 0x00, 0x20, 0x09, 0x0a, 0x0d].contains($0) }
    if text.isEmpty { return bytes.count < prefixLength ? .empty : .xml }
    if text.first == UInt8(ascii: "<") { return .xml }
    if text.first == UInt8(ascii: "{") {
      let isTLS = ByteText.contains("\"policies\"", "\"organization-name\"", in: bytes)
      return .other(kind: isTLS ? tlsReport : "JSON")
    }
    if text.starts(with: Array("From ".utf8)), HeaderText.isSeparator(text) { return .mbox }
    if HeaderText.isHeader(text) { return .mail }
    if base64Beginnings.contains(where: { text.starts(with: $0) }) || isBase64OfCMS(text) { return .base64 }
    // Something precedes the report, so it must be searched for.
    if ByteText.contains("<feedback", ":feedback", "&lt;feedback", in: ByteText.lowered(bytes)) { return .xml }
    if ClosedFormat.isArmoured(bytes) { return .closed(.pgp) }
    let controls = bytes.count { $0 < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].contains($0) }
    return .other(kind: controls == 0 ? "plain text" : "unknown binary data")
  }

  /// Base64 of an S/MIME object: a sequence that begins with an object identifier of PKCS. What precedes the identifier depends on the
  /// length of the object.
  private static func isBase64OfCMS(_ text: some Collection<UInt8>) -> Bool {
    let start = Array(text.prefix(32))
    return start.first == UInt8(ascii: "M")
      && ByteText.contains("KoZIhvcNA", "CSqGSIb3DQ", "CyqGSIb3DQ", "BgkqhkiG9w0B", "BgsqhkiG9w0B", in: start)
  }
}
