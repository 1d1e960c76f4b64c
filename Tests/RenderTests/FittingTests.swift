import Testing

@testable import Render

/// Tables on narrow terminals.
@Suite struct FittingTests {
  private let table = ResultTable(
    [
      Column("source"), Column("messages"), Column("verdict"), Column("spf", "RAW SPF"), Column("reporters"),
      Column("declare"), Column("address", isDetail: true),
    ],
    [
      [
        .text("a-long-host-name-of-a-source.mail.example.net"), .integer(1_234_567),
        .text("unknown-unauthenticated/spoof-suspected"),
        .text("pass bounce.example"), .list(["one.example", "two.example"]),
        .text("dmarcstat senders add example.net --kind service --host example.net"), .text("192.0.2.1"),
      ],
      [
        .text("送信元のホスト名が長い場合の例.example"), .integer(7), .text("forwarded/dkim-survived"), .null, .list([]), .null,
        .text("192.0.2.2"),
      ],
    ])

  private func widths(_ table: ResultTable) -> [Int] {
    Rendering.text(table, .table).split(separator: "\n").map { TableText.width(String($0)) }
  }

  @Test func linesFitUnlessTheFirstColumnDoesNot() {
    for width in 20...260 {
      let (fitted, omitted) = table.fitted(to: width)
      #expect(widths(fitted).allSatisfy { $0 <= width }, "\(width)")
      let shown = fitted.columns.filter { !$0.isDetail }
      #expect(shown.first?.key == "source" && shown.count + omitted.count == 6)
    }
    #expect(table.fitted(to: 1).table.columns.filter { !$0.isDetail }.map(\.key) == ["source"])
  }

  @Test func wideTerminalsShowTheTableAsItIs() {
    let (fitted, omitted) = table.fitted(to: 300)
    #expect(fitted == table && omitted.isEmpty)
  }

  @Test func columnsAreLeftOutInTheDocumentedOrder() {
    var before: [String] = []
    for width in (20...260).reversed() {
      let omitted = table.fitted(to: width).omitted
      #expect(Set(before).isSubset(of: omitted), "\(width)")
      before = omitted
    }
    #expect(table.fitted(to: 110).omitted.first == "RAW SPF")
  }

  @Test func commandsAreWholeOrLeftOut() {
    for width in 20...260 {
      let (fitted, omitted) = table.fitted(to: width)
      let isWhole = Rendering.text(fitted, .table).contains(
        "dmarcstat senders add example.net --kind service --host example.net")
      #expect(isWhole != omitted.contains("DECLARE"), "\(width)")
    }
  }

  @Test func programsAlwaysGetEverything() {
    let fitted = table.fitted(to: 40).table
    for format in OutputFormat.allCases where format != .table {
      #expect(Rendering.text(fitted, format) == Rendering.text(table, format))
    }
  }

  @Test func anEmptyTableFits() {
    #expect(ResultTable([Column("a")], []).fitted(to: 1).omitted.isEmpty)
    #expect(ResultTable([], []).fitted(to: 80).omitted.isEmpty)
  }
}
