import Glibc

/// The encoding that an XML declaration names (XML 1.0 §4.3.3), even if the declaration is otherwise broken.
package struct DeclaredEncoding {
  /// The name of the encoding in lower case.
  package let name: String

  /// Finds the declaration in the first bytes of a document; nil if there is none.
  package init?(_ prefix: UnsafeRawBufferPointer) {
    // Nearly all documents declare UTF-8 or nothing; these must be fast.
    let bytes = Array(prefix.prefix(256))
    guard let start = ByteText.position(of: "<?xml", in: bytes) else { return nil }
    let declaration = ByteText.lowered(Array(bytes[start...].prefix { $0 != UInt8(ascii: ">") }))
    guard let key = ByteText.position(of: "encoding", in: declaration) else { return nil }
    let value = declaration[(key + 8)...].drop { " \t=\"'".utf8.contains($0) }
    let name = value.prefix { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || "-_.:".utf8.contains($0) }
    guard !name.isEmpty else { return nil }
    self.name = String(decoding: name, as: UTF8.self)
  }

  /// Whether the encoding is detected from the bytes rather than from this name: UTF-8 and UTF-16 are recognisable, and a document
  /// declared as Latin-1 or ASCII is often neither.
  static func isToldByBytes(_ name: String) -> Bool {
    name.hasPrefix("utf") || isWestern(name)
  }

  /// Whether Windows-1252 covers this single-byte encoding.
  package static func isWestern(_ name: String) -> Bool {
    [
      "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii", "ascii",
      "ansi",
    ]
    .contains(name)
  }
}

/// Conversion from a named encoding to UTF-8 by the C library.
final class CharacterConversion {
  private let handle: iconv_t

  /// Creates a conversion; nil if the C library does not know the encoding.
  init?(from name: String) {
    guard let handle = iconv_open("UTF-8", name), Int(bitPattern: handle) != -1 else { return nil }
    self.handle = handle
  }

  deinit { iconv_close(handle) }

  /// Converts as much as possible. An incomplete character at the end stays in `bytes`; invalid bytes become U+FFFD.
  func convert(_ bytes: inout [UInt8], isLast: Bool, into text: inout [UInt8]) {
    var output = [CChar](repeating: 0, count: bytes.count * 4 + 16)
    var done = 0
    while done < bytes.count {
      var (used, made) = (0, 0)
      var failure: Int32 = 0
      bytes.withUnsafeMutableBytes { input in
        output.withUnsafeMutableBufferPointer { room in
          var source =
            input.baseAddress.map { ($0 + done).assumingMemoryBound(to: CChar.self) } as UnsafeMutablePointer<CChar>?
          var target = room.baseAddress
          var (sourceLeft, targetLeft) = (input.count - done, room.count)
          if iconv(handle, &source, &sourceLeft, &target, &targetLeft) == -1 { failure = errno }
          used = input.count - done - sourceLeft
          made = room.count - targetLeft
        }
      }
      text.append(contentsOf: output[..<made].lazy.map { UInt8(bitPattern: $0) })
      done += used
      if failure == EINVAL, !isLast { break }
      if failure == EILSEQ || failure == EINVAL {
        text.append(contentsOf: [0xef, 0xbf, 0xbd])
        done += 1
      } else if failure == 0 {
        break
      }
    }
    bytes.removeFirst(min(done, bytes.count))
  }
}
