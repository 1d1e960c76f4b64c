import Charts
import Classification
import DMARC
import Testing
import Verdict

@testable import Pages

@Suite struct WritingTests {
  @Test func marksAreEncodedByScalars() {
    #expect(EncodedText.html("\"\u{301}<b>&'") == "&quot;\u{301}&lt;b&gt;&amp;&#39;")
    #expect(EncodedText().escapeText("a\u{202e}b\u{0}\n") == "a\\u{202e}b\\u{0}\\u{a}")
  }

  @Test func codeIsBetweenBackticks() {
    #expect(TextSpans.of("run `a b` now").map(\.text) == ["run ", "a b", " now"])
    #expect(TextSpans.of("an odd ` one").map(\.text) == ["an odd ` one"])
    #expect(TextSpans.of("`x").map(\.isCode) == [false])
  }

  @Test(arguments: [
    ("*a*", "\\*a\\*"), ("# x", "\\# x"), ("1. x", "1\\. x"), ("- x", "\\- x"), ("a|b", "a\\|b"),
    ("<script>", "\\<script\\>"), ("https://e.example", "https\\://e.example"), ("![i](x)", "\\!\\[i\\](x)"),
    ("www.e.example", "www\\.e.example"), ("10.5%", "10\\.5%"),
  ])
  func markdownHasNoMeaningInForeignText(text: String, escaped: String) {
    #expect(MarkdownPage.escapedStart(text) == escaped)
  }

  @Test func codeSpansHoldBackticks() {
    #expect(MarkdownPage.code("a`b") == "``a`b``")
    #expect(MarkdownPage.code("`") == "`` ` ``")
  }
}
