import Foundation
import Testing

@testable import Intake

@Suite struct ReportHashTests {
  private func hashes(_ bytes: [UInt8], pieces: Int = .max) -> (exact: [UInt8], plain: [UInt8]) {
    var hash = ReportHash()
    var rest = bytes[...]
    while !rest.isEmpty {
      Array(rest.prefix(pieces)).withUnsafeBytes { hash.update($0) }
      rest = rest.dropFirst(pieces)
    }
    return hash.finish()
  }

  private func sha256(_ text: String) -> [UInt8] {
    var hash = ContentHash()
    Array(text.utf8).withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  @Test(arguments: [
    ("<a>\r\n<b/>\r\n</a>\r\n", "<a>\n<b/>\n</a>\n"), ("\u{feff}<a/>\n", "<a/>\n"), ("\u{feff}<a/>\r\n", "<a/>\n"),
    ("<a/>\n", "<a/>\n"), ("a\rb\r\r\nc\r", "a\rb\r\nc\r"), ("", ""), ("\r", "\r"), ("\r\n", "\n"), ("\u{feff}", ""),
  ])
  func lineEndsAndMarkDoNotCount(_ text: String, _ plain: String) {
    for pieces in [1, 2, 3, 5, 100] {
      // The byte order mark is recognised in the first piece, which holds thousands of bytes.
      if text.utf8.starts(with: [0xef]), pieces < 3 { continue }
      let (exact, found) = hashes(Array(text.utf8), pieces: pieces)
      #expect(exact == sha256(text), "\(pieces)")
      #expect(found == sha256(plain), "\(pieces)")
    }
  }

  /// There the bytes of a line end may belong to other characters.
  @Test func otherEncodingsAreHashedAsTheyAre() throws {
    for encoding in [String.Encoding.utf16, .utf16BigEndian, .utf16LittleEndian, .utf32] {
      let bytes = Array(try #require("<a>\u{d0a}\r\n</a>".data(using: encoding)))
      let (exact, plain) = hashes(bytes)
      #expect(exact == plain)
    }
  }
}
