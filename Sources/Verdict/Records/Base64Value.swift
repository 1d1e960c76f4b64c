import Foundation

/// The base64 value of a tag, in which white space may stand anywhere (RFC 6376 §3.2, §3.5).
package enum Base64Value {
  /// A character that base64 does not have, at an octet of the value, from 1; or a wrong length, at its end.
  package struct Mistake: Error, Hashable {
    package let index: Int
  }

  /// The octets.
  package static func decode(_ value: String) throws(Mistake) -> [UInt8] {
    var text: [UInt8] = []
    var isPadding = false
    for (index, byte) in value.utf8.enumerated() {
      if byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a { continue }
      let isSign = byte == UInt8(ascii: "=")
      guard isSign || (!isPadding && isBase64(byte)) else { throw Mistake(index: index + 1) }
      isPadding = isPadding || isSign
      text.append(byte)
    }
    guard let data = Data(base64Encoded: Data(text)) else { throw Mistake(index: value.utf8.count) }
    return Array(data)
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "/")
  }
}
