import Testing

@testable import Wording

@Suite struct TemplateTests {
  @Test(arguments: [
    ("{1} rows", "12 rows", ["12"]), ("{1}: no key {2}", "a.yaml: no key x", ["a.yaml", "x"]),
    ("take {1}", "take ", [""]), ("{1} of {2} reports removed", "1 of 2 of 3 reports removed", ["1", "2 of 3"]),
    ("送信元 {1} from", "送信元 ä from", ["ä"]),
  ])
  func valuesAreWhatTheSentenceHasInTheirPlaces(_ text: String, _ sentence: String, _ values: [String]) throws {
    #expect(try #require(Template(text)).values(in: Array(sentence.utf8)) == values)
  }

  @Test(arguments: [
    ("{1} rows", "12 row"), ("{1}: no key {2}", "a.yaml no key x"), ("take {1}", "tak"), ("row {1} row", "row row"),
    ("aba {1} aba", "aba aba"),
  ])
  func anotherSentenceHasNoValues(_ text: String, _ sentence: String) throws {
    #expect(try #require(Template(text)).values(in: Array(sentence.utf8)) == nil)
  }

  @Test(arguments: ["no places", "{1}: {2}", "{x} rows", "{1} s"])
  func aTextWithoutPlacesOrWordsIsNoTemplate(_ text: String) { #expect(Template(text) == nil) }

  @Test func bracesInValuesAreNotPlaces() {
    #expect(Template.fill("{2} の {1}", ["{2}", "{1}"]) { $0 } == "{1} の {2}")
  }

  @Test func onlyMarkedValuesAreTexts() {
    #expect(Template.fill("{1} {2*}", ["yes", "yes"]) { _ in "はい" } == "yes はい")
  }
}

@Suite struct WordingTests {
  @Test(arguments: [
    ("Nothing is muted.", "通知を停止している対象はありません。"), ("12 rows", "12 行"), ("1 row", "1 行"),
    ("  12 rows", "  12 行"), ("12 rows.", "12 行。"), ("x rows", "x rows"),
    ("a: b: the database is in use", "a: b: the database is in use"),
    ("2 rows, 1 warning", "2 行、警告 1 件"), ("plain text: 2", "プレーンテキスト: 2"), ("17", "17"),
    (
      "3 non-report files (JSON: 13, an SMTP TLS report: 6, …)",
      "レポート以外のファイル 3 件 (JSON: 13、SMTP TLS レポート: 6、…)"
    ), ("rows, x", "rows, x"),
    ("r.sqlite: run `dmarcstat ingest` first", "r.sqlite: 先に `dmarcstat ingest` を実行してください"),
  ])
  func aTextIsFoundWholeOrInParts(_ english: String, _ japanese: String) {
    #expect(Wording.japanese.text(english) == japanese)
    #expect(Wording.english.text(english) == english)
  }

  @Test func anyNumberOfSeparatorsInANameCostsLittle() {
    let name = String(repeating: "a: b; c, d. ", count: 300)
    #expect(Wording.japanese.text(name) == name)
    let long = String(repeating: "x", count: 100_000)
    #expect(Wording.japanese.text(long) == long)
  }

  @Test func cellsHaveTheWordsOfTheirColumn() {
    #expect(Wording.japanese.cell("high", in: "severity") == "高")
    #expect(Wording.japanese.cell("high", in: "host") == "high")
    #expect(Wording.japanese.cell("forwarded/dkim-survived", in: "verdict") == "転送/DKIM 署名は有効")
    #expect(Wording.japanese.cell("forwarded/other", in: "verdict") == "forwarded/other")
    #expect(Wording.english.cell("high", in: "severity") == "high")
  }
}
