import DMARC
import Lookup
import Seeds
import Testing

@testable import Verdict

/// What `check message` reads from headers.
@Suite struct MessageCheckTests {
  private static func check(_ text: String, trusted: [String] = []) -> MessageCheck {
    let suffixes = PublicSuffixList()
    return MessageCheck(
      MessageHeader(Array(text.utf8)), trusted: trusted.compactMap(DomainName.init),
      organisations: Organisations { suffixes.organisation(of: $0) })
  }

  private static func check(results: String, from: String = "a@example.com") -> MessageCheck {
    check("Authentication-Results: mx.test; \(results)\nFrom: \(from)\n")
  }

  private static let own = "spf=pass smtp.mailfrom=bounce@example.com"
  private static let foreign = "spf=pass smtp.mailfrom=b@service.example"
  private static let author = "dkim=pass header.d=news.example.com header.s=s1"
  private static let third = "dkim=pass header.d=service.example header.s=x"

  @Test(arguments: [
    ("\(own); \(author)", MessageCheck.Case.both), ("\(own); \(third)", .spfOnly), ("\(own); dkim=none", .spfOnly),
    ("\(foreign); \(author)", .dkimOnly), ("spf=fail smtp.mailfrom=example.com; \(third); \(author)", .dkimOnly),
    ("\(foreign); \(third)", .others), ("\(foreign); dkim=fail header.d=example.com", .others),
    ("spf=softfail smtp.mailfrom=example.com; dkim=fail header.d=example.com header.s=s1", .nothing),
  ])
  func fiveCases(_ results: String, _ expected: MessageCheck.Case) {
    let check = Self.check(results: results)
    #expect(check.messageCase == expected)
    #expect(check.reasons.contains { $0.code == "case-\(expected.rawValue)" })
  }

  @Test func strictAlignmentIsJudgedBeside() {
    #expect(Self.check(results: "\(Self.own); \(Self.author)").passesStrict == true)
    let relaxed = Self.check(results: "\(Self.foreign); \(Self.author)")
    #expect(relaxed.messageCase == .dkimOnly && relaxed.passesStrict == false)
    #expect(relaxed.reasons.contains { $0.code == "strict" })
    #expect(Self.check(results: "\(Self.own); dmarc=fail").reasons.contains { $0.code == "differs" })
  }

  @Test(arguments: [
    ("a@example.com", ["example.com"]), ("\"x@evil.example, y\" <a@example.com>", ["example.com"]),
    ("x@evil.example <a@example.com>", ["example.com"]), ("a@example.com (b@evil.example)", ["example.com"]),
    ("Group: a@one.example, B <b@two.example>;", ["one.example", "two.example"]),
    ("\"a b\"@example.com", ["example.com"]), ("a@bücher.example", ["xn--bcher-kva.example"]),
    ("undisclosed:;", []), ("nobody", []), ("\"open <a@example.com>", []),
    ("a@exa mple.com, b@EXAMPLE.com", ["example.com"]),
  ])
  func authors(_ from: String, _ domains: [String]) {
    #expect(AuthorAddresses(Array(from.utf8)).domains.map(\.name) == domains)
  }

  @Test func severalAuthorsHaveNoResult() {
    let check = Self.check(results: "\(Self.own)", from: "a@example.com, b@other.example")
    #expect(check.messageCase == nil && check.reasons.map(\.code) == ["from-several"])
    let twice = Self.check("From: a@example.com\nFrom: b@other.example\nAuthentication-Results: mx.test; \(Self.own)\n")
    #expect(twice.messageCase == nil)
  }

  @Test func onlyTheNearestHostCounts() {
    let forged = """
      Received: from a by mx.test; Thu, 1 Oct 2026 00:00:00 +0000
      Authentication-Results: mx.test; spf=fail smtp.mailfrom=example.com
      Authentication-Results: mx.test; dkim=none
      Received: from b by a; Thu, 1 Oct 2026 00:00:00 +0000
      Received: from c by b; Thu, 1 Oct 2026 00:00:00 +0000
      Authentication-Results: mx.test; dkim=pass header.d=example.com
      Authentication-Results: other.test; dkim=pass header.d=example.com
      From: a@example.com

      """
    #expect(Self.check(forged).messageCase == .nothing)
    #expect(Self.check(forged, trusted: ["mx.test"]).messageCase == .nothing)
    let untrusted = Self.check(forged, trusted: ["mine.test"])
    #expect(untrusted.messageCase == nil && untrusted.reasons.first?.code == "untrusted")
    let none = Self.check("DKIM-Signature: v=1; d=example.com; s=x\nFrom: a@example.com\n")
    #expect(none.reasons.map(\.code) == ["no-results", "claims"])
  }

  @Test func headersAsPeopleSaveThem() {
    let header =
      "Authentication-Results: mx.test;\r\n\tspf=pass\r\n  smtp.mailfrom=example.com\r\nFrom: a@example.com\r\n"
    #expect(Self.check(header + "\r\nFrom: b@other.example\r\n").messageCase == .spfOnly)
    #expect(Self.check("Original message\nSPF:\tPASS with IP 192.0.2.1\n\n" + header).messageCase == .spfOnly)
    #expect(Self.check("From a@example.com Thu Oct  1 00:00:00 2026\n" + header).messageCase == .spfOnly)
    // Microsoft 365 does not name itself.
    let unnamed = Self.check(
      "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=example.com; dkim=none (not signed)\n header.d=none;dmarc=pass action=none header.from=example.com;compauth=pass reason=100\nFrom: a@example.com\n"
    )
    #expect(unnamed.messageCase == .spfOnly && unnamed.host == nil && unnamed.dkim.first?.domain == nil)
    #expect(unnamed.reasons.last?.code == "unnamed-host")
    #expect(MessageHeader(Array("no header\n\nat all\n".utf8)).fields.isEmpty)
  }

  /// Forms that web pages, mail programs and editors give to one message.
  @Test func pastedHeaders() {
    let lines = [
      "Received: from out.test (out.test [192.0.2.10])",
      "        by mx.test with ESMTP id 1; Thu, 1 Oct 2026 01:00:00 +0000",
      "Authentication-Results: mx.test;", "       dkim=pass header.i=@example.com header.s=s1;",
      "       spf=pass (mx.test: domain of b@example.com designates 192.0.2.10) smtp.mailfrom=b@example.com",
      "DKIM-Signature: v=1; d=example.com; s=s1;", "       h=from:to:subject; b=abcd", "From: A <a@example.com>",
    ]
    let whole = lines.joined(separator: "\n")
    let flat = lines.map { String($0.drop { $0 == " " }) }.joined(separator: "\n")
    let wide = lines.map { $0.replacing("       ", with: "\u{a0}\u{a0}") }.joined(separator: "\n")
    let indented = lines.map { "    " + $0 }.joined(separator: "\n")
    let page = "Message ID\t<a@b>\nFrom:\tA <a@example.com>\nSPF:\tPASS with IP 192.0.2.10\nDMARC:\t'PASS'\n\nCopy\n"
    for (name, text) in [
      ("whole", whole), ("flat", flat), ("wide", wide), ("indented", indented), ("page", page + whole),
    ] {
      let check = Self.check(text + "\n\nHello\n")
      #expect(check.messageCase == .both, "\(name)")
      #expect(check.claimedSigners.map(\.name) == ["example.com"], "\(name)")
      #expect(check.spfClient(MessageHeader(Array(text.utf8)))?.address == IPAddress("192.0.2.10"), "\(name)")
    }
  }

  /// Lines that are not fields count only if nothing is folded: otherwise the sender could have written them.
  @Test func strayLinesOfAFoldedHeaderDoNotCount() {
    let check = Self.check(
      "Authentication-Results: mx.test;\n spf=fail smtp.mailfrom=example.com;\ndkim=pass header.d=example.com\nFrom: a@example.com\n"
    )
    #expect(check.messageCase == .nothing)
  }

  @Test func labelsOfAPageDoNotHideAHeader() {
    let check = Self.check("SPF: x\nAuthentication-Results: mx.test; \(Self.own)\nFrom: a@example.com\n\nBody\n")
    #expect(check.messageCase == .spfOnly)
    // Nor does the body of a message with such a field become a header.
    let forged = Self.check(
      "Return-Path: <a@evil.test>\nSPF: x\nFrom: a@example.com\n\nAuthentication-Results: mx.test; \(Self.own)\nFrom: a@example.com\n"
    )
    #expect(!forged.hasResults)
  }

  @Test func filesOfEditors() {
    let text = "Authentication-Results: mx.test; \(Self.own)\nFrom: a@example.com\n"
    let units = Array(text.utf16)
    let little: [UInt8] = [0xff, 0xfe] + units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let big: [UInt8] = [0xfe, 0xff] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    let marked: [UInt8] = [0xef, 0xbb, 0xbf] + Array(text.utf8)
    for bytes in [little, big, marked, Array(text.utf8)] {
      #expect(MessageHeader.decoded(bytes) == Array(text.utf8))
    }
    #expect(MessageHeader.decoded([0xff, 0xfe, 0x41]).isEmpty && MessageHeader.decoded([0xff, 0xfe]).isEmpty)
  }

  /// iCloud writes a field for each method, with a host for each.
  @Test func receiverWithAHostForEachMethod() {
    let text = """
      Authentication-Results: dmarc.icloud.com; dmarc=pass header.from=example.com
      Authentication-Results: dkim-verifier.icloud.com; \(Self.author)
      Authentication-Results: spf.icloud.com; \(Self.own)
      Received: from out.test ([192.0.2.10]) by mx.icloud.com id 1
      Authentication-Results: spf.icloud.com; spf=fail smtp.mailfrom=example.com
      From: a@example.com
      """
    #expect(Self.check(text).messageCase == .both)
    #expect(Self.check(text, trusted: ["spf.icloud.com"]).messageCase == .spfOnly)
    // With other receivers, the sender might have written the fields.
    let other = text.replacing("icloud.com", with: "provider.test")
    #expect(Self.check(other).messageCase == .nothing)
  }

  @Test func hostileHeaders() {
    var seeded = Seeded()
    let many = String(repeating: "From: <", count: 100_000) + String(repeating: "Received: x\n", count: 100_000)
    #expect(Self.check(many).messageCase == nil)
    let pieces = [
      "\"", "<", ">", "(", ")", "\\", ";", ",", ":", "@", "\n ", "\n", "\u{0}", "é", "=", "dkim=pass", "mx.test",
      "a@b.example",
    ]
    for _ in 0..<Seeded.rounds(300, long: 20_000) {
      let junk = (0..<40).compactMap { _ in pieces.randomElement(using: &seeded) }.joined()
      let check = Self.check("From: \(junk)\nAuthentication-Results: mx.test; \(junk)\nDKIM-Signature: \(junk)\n")
      #expect(!check.reasons.isEmpty && check.authors.domains.count <= 100)
    }
  }

  @Test func everyReasonHasASentence() {
    let texts = [
      "From: x\n", "From: a@a.example, b@b.example\n", "From: a@example.com\n",
      "Authentication-Results: mx.test; spf=none; dkim=fail header.d=example.com; dkim=none; \(Self.author); \(Self.third); dmarc=fail\nList-Id: <l.example>\nFrom: a@example.com\n",
      "Authentication-Results: mx.test; none\nDKIM-Signature: d=example.com\nFrom: a@example.com\n",
      "Authentication-Results: mx.test; \(Self.own)\nFrom: a@example.com\n",
      "Authentication-Results: mx.test; \(Self.foreign)\nFrom: a@example.com\n",
    ]
    for language in Language.allCases {
      let phrasebook = Phrasebook(language)
      for text in texts {
        for reason in Self.check(text).reasons {
          let sentence = phrasebook.text("check-message.\(reason.code)", reason.values)
          #expect(!sentence.hasPrefix("check-message.") && !sentence.contains("?"), "\(sentence)")
        }
      }
    }
  }
}
