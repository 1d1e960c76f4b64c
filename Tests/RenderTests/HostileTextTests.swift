import DMARC
import Foundation
import Testing

@testable import Render

/// Characters that are invisible or change how the surrounding text is displayed.
@Suite struct HostileTextTests {
  private static let hidden: [UInt32] = [
    0x0, 0x7, 0x8, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b,
    0x180e,
    0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2064, 0x2065, 0x2066, 0x2069,
    0x206a, 0x206f, 0x2800, 0x3164, 0xe000, 0xfdd0, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff0, 0xfff9, 0xfffb, 0xffff,
    0x1d173, 0x1bca0, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xe01ef, 0xf0000, 0x10ffff,
  ]

  @Test(arguments: hidden)
  func hiddenCharactersAreShownInEveryFormat(value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    let text = "a\(Character(scalar))b"
    let escape = "\\u{\(String(value, radix: 16))}"
    let table = ResultTable([Column("x"), Column("y")], [[.text(text), .list([text])]])
    for format in [OutputFormat.table, .csv] {
      let output = Rendering.text(table, format)
      #expect(output.components(separatedBy: escape).count == 3, "\(format)")
    }
    for format in OutputFormat.allCases {
      let output = Rendering.text(table, format)
      #expect(!output.unicodeScalars.contains { $0.isHidden && $0 != "\n" && $0 != "\r" })
    }
    let line = Rendering.text(table, .ndjson)
    let read = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect((read["x"] as? String).map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
    #expect((read["y"] as? [String]).map { Array($0[0].unicodeScalars) } == Array(text.unicodeScalars))
  }

  @Test(arguments: [
    "é 日本", "か\u{3099}いぎ", "ﾊﾟｰﾄ", "Ünïcödé €", "한국어", "عربي", "e\u{301}", "😀", "a\u{a0}b\u{3000}c", "{\\}",
  ])
  func visibleTextIsUnchanged(text: String) {
    #expect(SafeText.terminal(text) == text)
    #expect(SafeText.csvCell(text) == text)
    var json = JSONText()
    json.value(text)
    #expect(
      Array(json.string.unicodeScalars)
        == Array("\"\(text.replacingOccurrences(of: "\\", with: "\\\\"))\"".unicodeScalars))
  }

  @Test func combiningMarksWithoutABaseAreEscaped() throws {
    #expect(SafeText.terminal("\u{301}a") == "\\u{301}a")
    #expect(SafeText.terminal("\u{3099}か") == "\\u{3099}か")
    #expect(SafeText.terminal("a\u{200b}\u{301}") == "a\\u{200b}\\u{301}")
    var json = JSONText()
    json.value("\u{301}")
    #expect(json.string == #""\u0301""#)
    let cell = Cell.json("[\"\u{301}\u{202e}\"]", .other)
    #expect(Rendering.text(ResultTable([Column("x")], [[cell]]), .ndjson) == "{\"x\":[\"\\u0301\\u202e\"]}\n")
    #expect(Rendering.text(ResultTable([Column("x")], [[cell]]), .csv) == "x\r\n\"[\"\"\\u0301\\u202e\"\"]\"\r\n")
  }

  @Test func escapesAreDistinguishableFromText() {
    #expect(SafeText.terminal(#"\u{202e}"#) == #"\u{5c}u{202e}"#)
    #expect(SafeText.terminal(#"C:\users \u"#) == #"C:\users \u"#)
  }

  @Test func theStoredFormNeverChanges() {
    var json = JSONText(.stored)
    json.value("a\u{202e}\u{ad}\u{1b}\u{7f}\u{85}é\"\\\n")
    #expect(json.string == "\"a\u{202e}\u{ad}\\u001b\\u007f\u{85}é\\\"\\\\\\n\"")
  }

  @Test func widthsCountEscapes() {
    let rows: [[Cell]] = [
      [.text("\u{202e}"), .text("x")], [.text("か\u{3099}"), .text("y")], [.text("ab"), .text("z")],
    ]
    let expected = """
      A          B
      \\u{202e}   x
      か\u{3099}         y
      ab         z

      """.replacing("\\u{202e}   x", with: "\\u{202e}  x").replacing("A          B", with: "A         B")
      .replacing("か\u{3099}         y", with: "か\u{3099}        y").replacing("ab         z", with: "ab        z")
    #expect(Rendering.text(ResultTable([Column("a"), Column("b")], rows), .table) == expected)
  }

  @Test(arguments: [
    "=1", "+1", "-1", "@SUM(1)", "|x", " =1", "  +1", "\u{a0}=1", "\u{3000}=1", "\t=1", "\n=1", "\r=1", "\u{200b}=1",
    "\u{feff}=1", "\u{ff1d}1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}x", "\u{fe62}1", "\u{fe63}1", "\u{fe66}1",
    "\u{fe6b}x", "\u{2212}1", " \u{3000}\u{ff1d}1", "\"=1", "\tx", "\u{ad}\u{a0}@x",
  ])
  func formulasAreDefused(text: String) {
    let cell = SafeText.csvCell(text)
    #expect(cell.hasPrefix("'") || cell.hasPrefix("\"'"), "\(cell)")
  }

  @Test func formulasInsideACellAreNeutralised() {
    #expect(SafeText.csvCell("a;=1") == "\"a;'=1\"")
    #expect(SafeText.csvCell("a; \u{ff1d}1;b") == "\"a;' \u{ff1d}1;b\"")
    #expect(SafeText.csvCell("v=DKIM1; k=rsa; p=x") == "\"v=DKIM1; k=rsa; p=x\"")
    #expect(SafeText.csvCell("a\t=1") == "\"a\\u{9}=1\"" || SafeText.csvCell("a\t=1") == "a\\u{9}=1")
    #expect(SafeText.csvCell("plain text") == "plain text")
  }
}
