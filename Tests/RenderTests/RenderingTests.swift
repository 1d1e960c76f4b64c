import Testing

@testable import Render

@Suite struct RenderingTests {
  private let table = ResultTable(
    [
      Column("name"), Column("messages"), Column("share", "PASS"), Column("detail", isDetail: true), Column("list"),
      Column("on"),
    ],
    [
      [.text("a, \"b\""), .integer(1_234_567), .share(0.99999), .text("x"), .list(["one", "two"]), .flag(true)],
      [.text("=1+1\u{1b}[31m"), .integer(-5), .null, .null, .list([]), .flag(false)],
      [
        .text("日本"), .integer(0), .share(1), .null, .list(["a long first item", "a second long item", "third"]),
        .flag(true),
      ],
    ])

  @Test func tableFormat() {
    let expected = """
      NAME             MESSAGES    PASS  LIST                  ON
      a, "b"          1,234,567   99.9%  one, two              yes
      =1+1\\u{1b}[31m         -5       -  -                     no
      日本                    0  100.0%  a long first item +2  yes

      """
    #expect(Rendering.text(table, .table) == expected)
  }

  @Test func csvIsQuotedAndNeutralised() {
    let expected = [
      "name,messages,share,detail,list,on",
      "\"a, \"\"b\"\"\",1234567,0.99999,x,\"one; two\",1",
      "'=1+1\\u{1b}[31m,-5,,,,0",
      "日本,0,1.0,,\"a long first item; a second long item; third\",1", "",
    ].joined(separator: "\r\n")
    #expect(Rendering.text(table, .csv) == expected)
  }

  @Test(arguments: ["=x", "+x", "-x", "@x", "\tx", "\rx"])
  func formulasAreDefused(text: String) { #expect(SafeText.csvCell(text).hasPrefix("'")) }

  @Test func jsonAndNDJSON() {
    let lines = Rendering.text(table, .ndjson).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[1] == #"{"name":"=1+1\u001b[31m","messages":-5,"share":null,"detail":null,"list":[],"on":false}"#)
    let json = Rendering.text(table, .json)
    #expect(json.hasPrefix("[\n {") && json.hasSuffix("}\n]\n"))
    #expect(Rendering.text(ResultTable(table.columns, []), .json) == "[]\n")
  }

  @Test func emptyTableHasAMessage() {
    #expect(Rendering.text(ResultTable([Column("a")], [], ifEmpty: "None."), .table) == "None.\n")
    #expect(Rendering.text(ResultTable([Column("a")], [], ifEmpty: "None."), .csv) == "a\r\n")
  }

  @Test func documents() {
    var document = Document(
      facts: [(Column("name"), .text("x"))],
      sections: [.init("parts", "Parts", ResultTable([Column("a")], [[.integer(1)]]))], main: "parts")
    document.notes = [["Note\u{7}\n", "second line"]]
    #expect(Rendering.text(document, .table) == "NAME  x\n\nParts\nA\n1\n\nNote\\u{7}\\u{a}\nsecond line\n")
    #expect(Rendering.text(document, .json) == "{\"name\":\"x\",\"parts\":[{\"a\":1}]}\n")
    #expect(
      Rendering.text(document, .ndjson) == "{\"section\":\"facts\",\"name\":\"x\"}\n{\"section\":\"parts\",\"a\":1}\n")
    #expect(Rendering.text(document, .csv) == "a\r\n1\r\n")
  }

  @Test func byteOrderMarkComesFirst() {
    var text = ""
    var printer = RowPrinter([Column("a")], .csv, withBOM: true) { text += $0.text }
    printer.print([.text("ü")])
    printer.finish()
    #expect(Array(text.utf8.prefix(3)) == [0xef, 0xbb, 0xbf])
  }

  @Test func directionOverridesAreEscaped() {
    #expect(SafeText.terminal("a\u{202e}b") == "a\\u{202e}b")
    #expect(SafeText.terminal("é 日本 ok") == "é 日本 ok")
  }

  @Test func longTextsNeverWidenATable() throws {
    let long = String(repeating: "日", count: 2_000) + "-end.example"
    let sentence = String(repeating: "word ", count: 500)
    let table = ResultTable(
      [Column("header_from"), Column("cause"), Column("hosts"), Column("messages")],
      [
        [.text(long), .text(sentence), .list([long, "b"]), .integer(1)], [.text(""), .null, .list([""]), .integer(2)],
      ])
    let lines = Rendering.text(table, .table).split(separator: "\n")
    #expect(lines.allSatisfy { TableText.width(String($0)) <= 64 + 240 + 64 + 20 })
    #expect(lines[1].contains("…") && lines[1].contains("-end.example"))
    #expect(lines[2].split(separator: " ") == ["-", "-", "-", "2"])
    let document = Document(facts: [(Column("org_name"), .text(long))], sections: [], main: "x")
    #expect(Rendering.text(document, .table).unicodeScalars.count < 100)
    for format in [OutputFormat.csv, .json, .ndjson] { #expect(Rendering.text(table, format).contains(long)) }
    let edge = String(repeating: "x", count: 64)
    #expect(ShortenedText.shortened(edge, to: 64) == edge)
    #expect(TableText.width(ShortenedText.shortened(edge + "y", to: 64)) == 64)
  }
}
