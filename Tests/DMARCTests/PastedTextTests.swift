import DMARC
import Foundation
import Testing

/// Commands and zone file lines for pasting, built from untrusted names.
@Suite struct PastedTextTests {
  static let hostile = [
    "$({touch,x})y.example", "`touch x`.example", "a;touch x.example", "a|b.example", "a&b.example", "a'b.example",
    "a\"b.example", "a\\b.example", "a!b.example", "*.example", "~.example", "-rf.example", "a-.example",

    "a b.example", "a\nb.example", "a\0b.example", "a\u{2028}b.example", "ａ／b.example", "a\u{202e}b.example",
    "--config=x.example", "a..example", ".example",
    "a.\u{301}b.example", "a\u{200d}b.example", "(a).example", "a<b>.ex$ample", "#.example", "a=b.example",
    "a%b.example",
    "$HOME.example", "{a,b}.example", "[a].example", "?.example", "a\u{85}b.example", "192.0.2.1", "x.123",
    "exam_ple.com",
    "a\u{7f}.example", String(repeating: "a", count: 64) + ".example", "\u{e000}.example", "xn--\u{e9}x\u{ad}.example",
    String(repeating: "a.", count: 150) + "example", String(repeating: "あ", count: 60) + ".example",
  ]

  @Test(arguments: hostile)
  func invalidNamesAreNotPublishable(text: String) throws {
    let domain = try #require(DomainName(text))
    #expect(domain.publishable == nil, "\(domain.name)")
  }

  @Test(arguments: [
    ("example.com", "example.com"), ("_spf.example.com", "_spf.example.com"), ("a-b.c--d.example", "a-b.c--d.example"),
    ("s1._domainkey.Example.COM.", "s1._domainkey.example.com"), ("bücher.example", "xn--bcher-kva.example"),
    ("日本語.example", "xn--wgv71a119e.example"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
    ("xn--wgv71a119e.example", "xn--wgv71a119e.example"), ("1.2.example", "1.2.example"), ("localhost", "localhost"),
    ("президент.рф", "xn--d1abbgf6aiiy.xn--p1ai"), ("ａ.example", "a.example"), ("3com.example", "3com.example"),
  ])
  func validNamesArePublishable(text: String, ascii: String) throws {
    #expect(try #require(DomainName(text)?.publishable).asciiName == ascii)
  }

  @Test(arguments: [
    "$(touch x)", "`touch x`", "a;b", "a|b", "a&b", "a\nb", "it's", "\"q\"", "\\", "!!", "*", "~", "~root", "=ls",
    "-rf", "a b",
    "a\0b", "a\u{2028}b", "ａ", "a\u{202e}b", "--config=x", "'", "''", "'; touch x; '", "$'\\n'", "日本 語", "#", "", " ",
    "\t",
    "plain", "192.0.2.0/24", "2001:db8::/32", "a@b", "%d", "{a,b}", "(x)", "<x>", "?", "[x]", "a=b", "^", "\u{301}",
  ])
  func theShellPassesWordsOnUnchanged(text: String) throws {
    guard let word = ShellWord(text) else {
      #expect(
        text.isEmpty || text.hasPrefix("-")
          || text.unicodeScalars.contains { $0.isHidden || $0 == "`" || $0 == "\u{301}" })
      return
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf '%s|' \(ShellCommand(["x", word, "--y"]))"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(output == "x|\(text)|--y|")
  }

  @Test func ordinaryWordsAreNotQuoted() throws {
    let text = "Office mail"
    let name = try #require(ShellWord(text))
    let network = try #require(CIDR("192.0.2.0/28"))
    let command = ShellCommand(["dmarcstat", "senders", "add", name, "--address", ShellWord(network)])
    #expect("\(command)" == "dmarcstat senders add 'Office mail' --address 192.0.2.0/28")
  }

  @Test func recordOwners() throws {
    let domain = try #require(DomainName("bücher.example")?.publishable)
    let receiver = try #require(DomainName("reports.example.net")?.publishable)
    #expect(RecordOwner(selector: "s1", of: domain)?.name == "s1._domainkey.xn--bcher-kva.example")
    #expect(RecordOwner(selector: "a.b", of: receiver)?.name == "a.b._domainkey.reports.example.net")
    #expect(RecordOwner(policyOf: domain)?.name == "_dmarc.xn--bcher-kva.example")
    #expect(
      RecordOwner(reportsOn: domain, at: receiver)?.name
        == "xn--bcher-kva.example._report._dmarc.reports.example.net")
    for selector in ["", "a b", "$(x)", "a\"b", "-a", "a..b", "é", "a;b", "a\nb", String(repeating: "a", count: 64)] {
      #expect(RecordOwner(selector: selector, of: domain) == nil, "\(selector)")
    }
    let long = try #require(DomainName(Array(repeating: "abcdefghi", count: 25).joined(separator: "."))?.publishable)
    #expect(RecordOwner(policyOf: long) == nil || long.asciiName.utf8.count <= 246)
    #expect(RecordOwner(selector: "s1", of: long) == nil)
  }

  @Test func recordTextIsQuotedForZoneFiles() throws {
    let owner = RecordOwner(try #require(DomainName("example.com")?.publishable))
    #expect("\(TXTRecord(owner, "v=spf1 -all"))" == "example.com. TXT \"v=spf1 -all\"")
    #expect(TXTRecord(owner, "a\"b\\c;d\ne\u{e9}").data == #""a\"b\\c;d\010e\195\169""#)
    #expect(TXTRecord(owner, "").data == "\"\"")
    let long = TXTRecord(owner, String(repeating: "x", count: 600)).data
    #expect(long.split(separator: " ").map { $0.count - 2 } == [255, 255, 90])
  }
}

@Suite struct DomainNameTests {
  @Test func whitespaceInsideANameIsInvalid() {
    #expect(DomainName(" <user@Example.COM.> ")?.name == "example.com")
    #expect(DomainName("exa mple.com")?.name == "exa mple.com")
    #expect(DomainName("<>") == nil)
    #expect(DomainName(" . ") == nil)
  }
}
