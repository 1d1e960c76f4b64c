import DMARC
import Testing

@testable import Render

@Suite struct PrintableTextTests {
  private static let hostile = "a\u{202e}\u{1b}[31m\n\u{9b}\u{200b}b"

  @Test func anyTextIsEncoded() {
    var stored = JSONText(.stored)
    stored.object { $0.field("x", Self.hostile) }
    var shown = JSONText()
    shown.object { $0.field("x", Self.hostile) }
    var wrapped = WrappedText()
    wrapped.line(Self.hostile)
    wrapped.paragraph(Self.hostile)
    wrapped.paragraph(Self.hostile, allOf: .list([Self.hostile]), limit: 10)
    var texts = [
      PrintableText(lines: [Self.hostile]), PrintableText(stored, endsLine: true), PrintableText(shown, endsLine: true),
      PrintableText(ownText: "x\t\(Self.hostile)\n"), wrapped.printable,
    ]
    for format in OutputFormat.allCases {
      texts.append(Rendering.printable(ResultTable([Column("x")], [[.text(Self.hostile)]]), format))
    }
    for text in texts {
      #expect(!text.text.unicodeScalars.contains { $0.isHidden && !["\n", "\t", "\r"].contains($0) }, "\(text)")
    }
  }

  @Test func linesBreakBetweenWordsOutsideCommands() {
    var text = WrappedText(width: 12)
    text.paragraph("one two three `do not break this` four", first: "- ", rest: "  ")
    #expect(text.printable.text == "- one two\n  three\n  `do not break this`\n  four\n")
  }

  @Test func helpKeepsItsLinesAndTabs() {
    #expect(PrintableText(ownText: "a\n\tb\n").text == "a\n\tb\n")
  }
}
