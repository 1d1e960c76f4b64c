import DMARC
import Seeds
import Testing

/// U-labels and A-labels are one name (RFC 5890).
@Suite struct InternationalNameTests {
  @Test(arguments: [
    "bücher.example", "BÜCHER.EXAMPLE", "bu\u{308}cher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.Example.",
    "bücher.example.", "bücher。example", "bücher．example｡", "ｂüｃｈｅｒ.ｅｘａｍｐｌｅ", "news@Bücher.example",
    " <bücher.example> ",
  ])
  func spellingsAreOneName(_ text: String) { #expect(DomainName(text)?.name == "xn--bcher-kva.example") }

  @Test(arguments: [
    ("straße.example", "xn--strae-oqa.example"), ("σας.example", "xn--mxa8ab.example"),
    ("ガ.example", "xn--mck.example"), ("ｶﾞ.example", "xn--mck.example"),
    ("_spf.bücher.example", "_spf.xn--bcher-kva.example"),
    ("نامه\u{200c}ای.example", "xn--mgba3gch31f060k.example"), ("faß.de", "xn--fa-hia.de"),
  ])
  func labelsAreMapped(_ text: String, _ ascii: String) { #expect(DomainName(text)?.name == ascii) }

  /// A label that is not a valid IDN label stays as it is, and does not hide the domain that it is below.
  @Test(arguments: [
    ("-ü.example", "-ü.example"), ("☕.example", "☕.example"), ("xn--a.example", "xn--a.example"),
    ("ab--ü.example", "ab--ü.example"), ("ü\u{ad}.example", "ü\u{ad}.example"),
    ("a\u{200b}ü.example", "a\u{200b}ü.example"),
    ("a\u{200d}b.example", "a\u{200d}b.example"), ("ａ／b.example", "ａ／b.example"), ("a b ü.example", "a b ü.example"),
    ("a ü.bücher.example", "a ü.xn--bcher-kva.example"), ("\u{301}a.example", "\u{301}a.example"),
    (String(repeating: "ü", count: 70) + ".example", String(repeating: "ü", count: 70) + ".example"),
  ])
  func invalidLabelsStay(_ text: String, _ name: String) {
    #expect(DomainName(text).map { Array($0.name.utf8) } == Array(name.utf8))
  }

  @Test func nothingButDotsIsNoName() {
    for text in ["。", "．．", "@。"] { #expect(DomainName(text) == nil, "\(text)") }
  }

  @Test(arguments: [
    ("xn--bcher-kva.example", "bücher.example"), ("mail.xn--wgv71a119e.example", "mail.日本語.example"),
    ("xn--d1abbgf6aiiy.xn--p1ai", "президент.рф"),
    // Cyrillic а among Latin letters; an invalid A-label; a joiner; an A-label of capitals.
    ("xn--pple-43d.example", nil), ("xn--a.example", nil), ("xn--mgba3gch31f060k.example", nil),
    ("xn--bcher-2pa.example", nil), ("example.com", nil), ("", nil), ("xn--ls8h.example", nil),
  ])
  func peopleSeeSafeNamesOnly(_ name: String, _ shown: String?) { #expect(DomainName(name)?.unicodeName == shown) }

  @Test func questionsAreInASCII() {
    #expect(DNSQuestion("Bücher.example.", .txt) == DNSQuestion("xn--bcher-kva.example", .txt))
    #expect(DNSQuestion("_spf.BÜCHER。example", .txt).name == "_spf.xn--bcher-kva.example")
  }

  @Test(arguments: [
    ("Bücher.example", "xn--bcher-kva.example"), ("Example.COM.", "example.com"), ("Bücher GmbH", "bücher gmbh"),
    ("Example Inc.", "example inc."), ("Yahoo", "yahoo"), ("a@b.example", "a@b.example"), ("", ""),
  ])
  func reportersThatAreDomains(_ reported: String, _ name: String) {
    #expect(ReportIdentity.reporterName(reported) == name)
  }

  /// A stored name that is read again is the same name, and so is its U-label.
  @Test func namesAreStable() {
    var random = Seeded()
    let parts = [
      "a", "Z", "ü", "Ü", "u\u{308}", "ß", "ẞ", "Σ", "ς", "İ", "日", "。", ".", "．", " ", "-", "_", "xn--", "☕",
      "\u{200d}",
      "\u{ad}", "ａ", "／", "＠", "@", "<", ">", "א", "1", "٠", "\u{301}", "\u{e000}", "\u{a7dc}", "bcher-kva",
    ]
    for _ in 0..<Seeded.rounds(20_000, long: 500_000) {
      let text = (0..<Int.random(in: 1...8, using: &random)).map { _ in parts.randomElement(using: &random) ?? "a" }
        .joined()
      guard let name = DomainName(text) else { continue }
      #expect(
        DomainName(name.name).map { Array($0.name.utf8) } == Array(name.name.utf8),
        "\(text.unicodeScalars.map(\.value))")
      if let shown = name.unicodeName { #expect(DomainName(shown) == name, "\(text.unicodeScalars.map(\.value))") }
      if let valid = name.publishable { #expect(valid.name.utf8.allSatisfy { $0 < 0x80 }) }
    }
  }
}
