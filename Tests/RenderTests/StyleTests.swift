import Testing

@testable import Render

/// What stands out on a terminal, and how Japanese text is wrapped.
@Suite struct StyleTests {
  private let table = ResultTable(
    [Column("domain"), Column("pass_rate", "PASS"), Column("verdict")],
    [
      [.text("a.example"), .share(0.5), .text("unknown-unauthenticated/spoof-suspected")],
      [.text("b.example"), .share(1), .text("aligned")],
    ])

  @Test func onlyWhatNeedsAttentionStandsOut() throws {
    let plain = Rendering.printable(table, .table).text
    let styled = Rendering.styled(table).text
    #expect(!plain.contains("\u{1b}") && styled.replacing(/\u{1b}\[[0-9]+m/, with: "") == plain)
    let lines = styled.split(separator: "\n")
    #expect(lines[1].contains("\u{1b}[31m50.0%\u{1b}[0m") && lines[1].contains("\u{1b}[31munknown"))
    #expect(!lines[2].contains("\u{1b}"))
  }

  @Test func escapesOfOthersStayVisible() {
    let hostile = ResultTable([Column("verdict")], [[.text("own-misconfigured/\u{1b}[5m")]])
    #expect(!Rendering.styled(hostile).text.contains("\u{1b}[5m"))
  }

  @Test(arguments: [30, 40, 61, 80]) func japaneseIsWrappedByItsWidth(_ width: Int) {
    let sentence = "このマシンの全ユーザーが「データベース」を読み取れます。権限を外してください: `chmod o-r /var/lib/x` を実行します。"
    var text = WrappedText(width: width)
    text.paragraph(sentence, first: "  警告  ", rest: "        ")
    let lines = text.printable.text.split(separator: "\n")
    #expect(lines.count > 1)
    for line in lines {
      #expect(TableText.width(String(line)) <= max(width, 8 + 24), "\(line)")
      let first = line.first { $0 != " " }
      #expect(!"、。」っー".contains(first ?? "、") && line.last != "「")
    }
    #expect(text.printable.text.contains("`chmod o-r /var/lib/x`"))
    #expect(lines.joined().replacing(" ", with: "").contains("権限を外してください"))
  }
}
