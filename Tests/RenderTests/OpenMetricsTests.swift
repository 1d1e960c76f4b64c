import Testing

@testable import Render

@Suite struct OpenMetricsTests {
  @Test func familiesAndSamples() {
    var text = OpenMetrics()
    text.begin("a_bytes", unit: "bytes", help: "Size")
    text.add(5)
    text.add(-1, ["name": "x", "other": ""])
    #expect(
      text.encoded.text == """
        # TYPE a_bytes gauge
        # UNIT a_bytes bytes
        # HELP a_bytes Size
        a_bytes 5
        a_bytes{name="x",other=""} -1
        # EOF

        """)
  }

  @Test(arguments: [
    (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", #"a\\u{d}\nb"#),
    ("\u{1b}[31m", #"\\u{1b}[31m"#), ("例\u{202e}", #"例\\u{202e}"#), (#"\u{d}"#, #"\\u{5c}u{d}"#),
    (#"x"} 1"# + "\n# EOF", #"x\"} 1\n# EOF"#),
  ])
  func labelsAreEscaped(_ value: String, _ escaped: String) {
    var text = OpenMetrics()
    text.begin("a", help: "Sum")
    text.add(1, ["name": value])
    #expect(text.encoded.text.split(separator: "\n")[2] == #"a{name="\#(escaped)"} 1"#)
  }
}
