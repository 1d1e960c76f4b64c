import Glibc

/// The encoding that an XML declaration names (XML 1.0 §4.3.3), read also where the declaration is no good otherwise.
public struct DeclaredEncoding {
  /// In lower case.
  public let name: String

  /// Looks at the first bytes of a document; nil where they declare nothing.
  public init?(_ prefix: some Collection<UInt8>) {
    let text = String(decoding: prefix.prefix(256), as: UTF8.self).lowercased()
    guard let start = text.firstRange(of: "<?xml"), let key = text[start.upperBound...].firstRange(of: "encoding")
    else { return nil }
    let declaration = text[start.upperBound...].prefix { $0 != ">" }
    guard key.lowerBound < declaration.endIndex else { return nil }
    let value = text[key.upperBound...].drop { $0 == " " || $0 == "=" || $0 == "\"" || $0 == "'" }
    let name = value.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:".contains($0)) }
    guard !name.isEmpty else { return nil }
    self.name = String(name)
  }

  /// Whether one looks at the bytes rather than at this name: UTF-8 and UTF-16 show themselves, and what is called Latin-1 or
  /// ASCII is often neither.
  static func isToldByBytes(_ name: String) -> Bool {
    name.hasPrefix("utf") || isWestern(name)
  }

  /// The single-byte encodings that Windows-1252 covers.
  public static func isWestern(_ name: String) -> Bool {
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

  /// Nil where the C library does not know the encoding.
  init?(from name: String) {
    guard let handle = iconv_open("UTF-8", name), Int(bitPattern: handle) != -1 else { return nil }
    self.handle = handle
  }

  deinit { iconv_close(handle) }

  /// Converts what it can; bytes that are cut off at the end stay in `bytes`, those that mean nothing become U+FFFD.
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
