import Foundation

/// How the body of a part is written in lines of ASCII (RFC 2045 §6): the shorter form of two.
struct TransferEncoding {
  /// The value of Content-Transfer-Encoding.
  let name: String
  /// The lines with CR LF.
  let body: String

  init(_ text: String) {
    let quoted = Self.quotedPrintable(text)
    let base64 = Self.base64(text)
    (name, body) = quoted.utf8.count <= base64.utf8.count ? ("quoted-printable", quoted) : ("base64", base64)
  }

  private static let longestLine = 76

  /// Line ends become CR LF.
  static func quotedPrintable(_ text: String) -> String {
    var output: [UInt8] = []
    for line in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false) {
      let line = Array(line.last == 0x0d ? line.dropLast() : line)
      var column = 0
      for (index, byte) in line.enumerated() {
        let isLast = index == line.count - 1
        let isPlain =
          (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=") && !(byte == UInt8(ascii: ".") && column == 0)
          || (byte == 0x20 || byte == 0x09) && !isLast
        let piece = isPlain ? [byte] : Array("=\(hex(byte))".utf8)
        // One column remains for the `=` of a soft line break.
        if column + piece.count > longestLine - (isLast ? 0 : 1) {
          output += Array("=\r\n".utf8)
          column = 0
        }
        output += piece
        column += piece.count
      }
      output += [0x0d, 0x0a]
    }
    // The last line end is that of the text itself.
    if text.utf8.last == 0x0a { output.removeLast(2) }
    return String(decoding: output, as: UTF8.self)
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private static func base64(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let bytes = Data(lines.joined(separator: "\r\n").utf8)
    return bytes.base64EncodedString(options: [
      .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
    ]) + "\r\n"
  }
}
