import DMARC
import Testing

@testable import Render

/// People see internationalised names in both forms; programs, commands and records have A-labels.
@Suite struct InternationalTextTests {
  @Test(arguments: [
    ("xn--bcher-kva.example", "bücher.example (xn--bcher-kva.example)"),
    ("fail xn--bcher-kva.example (s1)", "fail bücher.example (xn--bcher-kva.example) (s1)"),
    ("at _dmarc.xn--bcher-kva.example.", "at _dmarc.bücher.example (_dmarc.xn--bcher-kva.example)."),
    ("`dmarcstat explain -d xn--bcher-kva.example`", "`dmarcstat explain -d xn--bcher-kva.example`"),
    ("v=spf1 include:xn--bcher-kva.example -all", "v=spf1 include:xn--bcher-kva.example -all"),
    ("post@xn--bcher-kva.example", "post@xn--bcher-kva.example"),
    ("xn--bcher-kva.example/24", "xn--bcher-kva.example/24"),
    ("example.com", "example.com"), ("xn--a.example", "xn--a.example"), ("xn--", "xn--"),
    ("xn--pple-43d.example", "xn--pple-43d.example"),
    ("「xn--wgv71a119e.example」はOK", "「日本語.example (xn--wgv71a119e.example)」はOK"),
  ])
  func names(_ text: String, _ shown: String) { #expect(InternationalText.annotated(text) == shown) }

  @Test func onlyTablesHaveBoth() {
    let table = ResultTable(
      [Column("domain"), Column("hosts")], [[.text("xn--bcher-kva.example"), .list(["xn--p1ai.example"])]])
    let text = Rendering.text(table, .table)
    #expect(text.contains("bücher.example (xn--bcher-kva.example)"))
    #expect(text.contains("рф.example (xn--p1ai.example)"))
    for format in [OutputFormat.csv, .json, .ndjson] {
      #expect(!Rendering.text(table, format).contains("ü"), "\(format)")
    }
  }

  @Test func paragraphsHaveBoth() {
    var text = WrappedText()
    text.paragraph("The SPF record of xn--bcher-kva.example: `xn--bcher-kva.example. TXT \"v=spf1\"`")
    #expect(
      text.printable.text
        == "  The SPF record of bücher.example (xn--bcher-kva.example): `xn--bcher-kva.example. TXT \"v=spf1\"`\n")
  }
}
