import DMARC
import Foundation

/// S/MIME objects, `winmail.dat` files and messages, as the programs of others write them.
enum Wrapped {
  // MARK: DER and BER

  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    if content.count < 0x80 { return [tag, UInt8(content.count)] + content }
    var octets: [UInt8] = []
    var rest = content.count
    while rest > 0 {
      octets.insert(UInt8(rest & 0xff), at: 0)
      rest >>= 8
    }
    return [tag, 0x80 | UInt8(octets.count)] + octets + content
  }

  /// An element of indefinite length.
  static func open(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, 0x80] + content + [0, 0] }

  static func pkcs7(_ type: UInt8) -> [UInt8] { [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, type] }
  static func smimeType(_ type: UInt8) -> [UInt8] {
    [0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, type]
  }

  private static let version: [UInt8] = [0x02, 1, 1]
  private static let algorithm = element(0x30, [0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01])

  /// Signed data in DER; nil for a detached signature.
  static func signed(_ content: [UInt8]?, type: [UInt8] = pkcs7(2)) -> [UInt8] {
    let explicit = content.map { element(0xa0, element(0x04, $0)) } ?? []
    let data = version + element(0x31, algorithm) + element(0x30, pkcs7(1) + explicit) + element(0x31, [])
    return element(0x30, type + element(0xa0, element(0x30, data)))
  }

  /// Signed data as a stream writes it: indefinite lengths, and the content in pieces.
  static func streamed(_ content: [UInt8], piece: Int = 50) -> [UInt8] {
    let pieces = stride(from: 0, to: content.count, by: piece).flatMap {
      element(0x04, Array(content[$0..<min($0 + piece, content.count)]))
    }
    let data =
      version + element(0x31, algorithm) + open(0x30, pkcs7(1) + open(0xa0, open(0x24, pieces))) + element(0x31, [])
    return open(0x30, pkcs7(2) + open(0xa0, open(0x30, data)))
  }

  static func encrypted(_ type: [UInt8] = pkcs7(3)) -> [UInt8] {
    element(0x30, type + element(0xa0, element(0x30, version + element(0x31, []) + element(0x30, [1, 2, 3, 4]))))
  }

  // MARK: TNEF

  static func tnef(_ attachments: [(name: String, content: [UInt8])], longNames: Bool = false) -> [UInt8] {
    var bytes: [UInt8] = [0x78, 0x9f, 0x3e, 0x22, 1, 0] + attribute(1, 0x0008_9006, [0, 0, 1, 0])
    for (name, content) in attachments {
      bytes += attribute(2, 0x0006_9002, Array(repeating: 0, count: 14))
      bytes += attribute(2, 0x0001_8010, Array((longNames ? "SHORT~1.GZ" : name).utf8) + [0])
      bytes += attribute(2, 0x0006_800f, content)
      if longNames { bytes += attribute(2, 0x0006_9005, properties(name)) }
    }
    return bytes
  }

  /// A named property, a number, several numbers, and the long name in UTF-16.
  private static func properties(_ name: String) -> [UInt8] {
    let text = (name + "\0").utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let padded = text + Array(repeating: 0, count: (4 - text.count % 4) % 4)
    return little(4) + little(0x8001_0003) + Array(repeating: 7, count: 16) + little(1) + little(3) + [65, 0, 0, 0]
      + little(9) + little(0x3705_0003) + little(1) + little(0x3706_1003) + little(2) + little(8) + little(9)
      + little(0x3707_001f) + little(1) + little(UInt32(text.count)) + padded
  }

  private static func attribute(_ level: UInt8, _ id: UInt32, _ data: [UInt8]) -> [UInt8] {
    [level] + little(id) + little(UInt32(data.count)) + data + [0, 0]
  }

  private static func little(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  // MARK: Messages

  static let subject = "Report Domain: example.com Submitter: mx.example.net Report-ID: <1@mx.example.net>"
  static let reportName = "mx.example.net!example.com!1790812800!1790899199.xml.gz"

  static func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
  }

  static func part(_ type: String, _ bytes: [UInt8], name: String? = nil) -> String {
    let disposition = name.map { "Content-Disposition: attachment; filename=\"\($0)\"\n" } ?? ""
    return "Content-Type: \(type)\n\(disposition)Content-Transfer-Encoding: base64\n\n\(base64(bytes))\n"
  }

  /// A message that consists of one part.
  static func mail(_ part: String, subject: String? = subject, header: String = "") -> String {
    let subject = subject.map { "Subject: \($0)\n" } ?? ""
    return
      "From: DMARC <a@mx.example.net>\n\(subject)Date: Fri, 02 Oct 2026 03:04:05 +0000\nMIME-Version: 1.0\n\(header)"
      + part
  }

  static func mixed(_ parts: [String], type: String = "multipart/mixed") -> String {
    "Content-Type: \(type); boundary=\"b\"\n\n" + parts.map { "--b\n" + $0 + "\n" }.joined() + "--b--\n"
  }
}
