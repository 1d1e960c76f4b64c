import Foundation
import Settings
import Testing

@testable import Delivery

/// Header fields: no text begins another field, and lines are short.
@Suite struct HeaderFieldTests {
  @Test(arguments: [
    "short", "", " two  spaces ", "x\r\nBcc: a@example.com", "x\nBcc: a@example.com", "\u{0}\u{1b}", "=?UTF-8?Q?x?=",
    "日本語の件名です",
    String(repeating: "long ", count: 200), String(repeating: "x", count: 2_000), String(repeating: "長", count: 400),
    "e\u{301}\u{1f468}\u{200d}\u{1f469}", Made.hostile,
  ])
  func aFieldIsOneFieldOfShortLines(text: String) {
    let field = HeaderField.text("Subject", text).text
    #expect(field.hasSuffix("\r\n") && field.utf8.allSatisfy { $0 < 0x7f && ($0 >= 0x20 || $0 == 0x0d || $0 == 0x0a) })
    let lines = field.dropLast(1).split(separator: "\r\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      #expect(line.utf8.count <= 76 && (index == 0 ? line.hasPrefix("Subject:") : line.hasPrefix(" ")), "\(line)")
    }
    #expect(!HeaderField.oneLine("Title", text).utf8.contains { $0 < 0x20 || $0 > 0x7e })
  }

  @Test func namesOfAddressesAreQuotedOrEncoded() throws {
    func text(_ address: String) throws -> String { HeaderField.address("To", try #require(MailAddress(address))).text }
    #expect(try text("a@example.com") == "To: a@example.com\r\n")
    #expect(try text("Ops, \"x\" <a@example.com>") == "To: \"Ops, \\\"x\\\"\" <a@example.com>\r\n")
    #expect(try text("運用 <a@example.com>") == "To: =?UTF-8?B?6YGL55So?= <a@example.com>\r\n")
  }

  @Test(
    arguments: [
      (0, "Thu, 1 Jan 1970 00:00:00 +0000"), (1_790_000_000, "Mon, 21 Sep 2026 14:13:20 +0000"),
      (-5, "Thu, 1 Jan 1970 00:00:00 +0000"),
      (951_827_696, "Tue, 29 Feb 2000 12:34:56 +0000"),
    ] as [(Int64, String)])
  func datesAreThoseOfMail(epoch: Int64, text: String) { #expect(MailDate.text(epoch) == text) }

  @Test func quotedPrintableLinesAreShort() {
    let text = "a=b \n.dot\n" + String(repeating: "ü", count: 60) + "\ntrailing \t"
    let encoded = TransferEncoding.quotedPrintable(text)
    for line in encoded.split(separator: "\r\n", omittingEmptySubsequences: false) {
      #expect(line.utf8.count <= 76 && !line.hasSuffix(" ") && !line.hasSuffix("\t") && !line.hasPrefix("."), "\(line)")
    }
    #expect(encoded.hasPrefix("a=3Db=20\r\n=2Edot\r\n"))
  }
}
