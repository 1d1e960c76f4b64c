import Glibc

/// Paths as text. A name may contain any bytes; those that are not UTF-8 are written as `\xHH`, so that a path can be shown, stored and
/// found again.
package enum PathText {
  static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// The last component of a path; the path itself if it has none.
  static func last(_ path: String) -> String {
    let bytes = path.utf8
    guard let end = bytes.lastIndex(where: { $0 != slash }) else { return path }
    let start = bytes[...end].lastIndex(of: slash).map { bytes.index(after: $0) } ?? bytes.startIndex
    return String(path[start..<bytes.index(after: end)])
  }

  /// The parent folder of a path.
  static func folder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The text of the bytes of a path or name. In text that looks like an escape, the backslash is escaped.
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(backslash) { return text }
    var text: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let length = scalarLength(bytes[index...])
      if length == 0 || escape(bytes[index...]) != nil {
        text += escaped(bytes[index])
        index += 1
      } else {
        text += bytes[index..<index + length]
        index += length
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a path or name.
  package static func bytes(_ text: String) -> [UInt8] {
    let written = Array(text.utf8)
    guard written.contains(backslash) else { return written }
    var bytes: [UInt8] = []
    var index = 0
    while index < written.count {
      if let byte = escape(written[index...]) {
        bytes.append(byte)
        index += 4
      } else {
        bytes.append(written[index])
        index += 1
      }
    }
    return bytes
  }

  /// The path as a C string for system calls.
  package static func native(_ text: String) -> [CChar] { bytes(text).map { CChar(bitPattern: $0) } + [0] }

  /// Calls `body` with the path as a C string, without a copy for nearly all paths.
  static func withNative<Value>(_ text: String, _ body: (UnsafePointer<CChar>) -> Value) -> Value {
    if !text.utf8.contains(backslash) { return text.withCString(body) }
    return native(text).withUnsafeBufferPointer { characters in
      // It ends with a NUL, so it is not empty.
      characters.baseAddress.map(body) ?? text.withCString(body)
    }
  }

  private static let backslash = UInt8(ascii: "\\")
  private static let slash = UInt8(ascii: "/")

  private static func escaped(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return [backslash, UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  /// The byte of an escape at the start; nil if there is none.
  private static func escape(_ bytes: ArraySlice<UInt8>) -> UInt8? {
    let start = bytes.prefix(4)
    guard start.count == 4, start.first == backslash, start[start.startIndex + 1] == UInt8(ascii: "x") else {
      return nil
    }
    let digits = start.dropFirst(2)
    guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }) else { return nil }
    return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// The length in bytes of the character at the start; 0 if there is no valid one.
  private static func scalarLength(_ bytes: ArraySlice<UInt8>) -> Int {
    (1...4).first { $0 <= bytes.count && String(validating: bytes.prefix($0), as: UTF8.self) != nil } ?? 0
  }
}
