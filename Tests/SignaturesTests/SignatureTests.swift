import DMARC
import Testing
import Verdict

@testable import Signatures

/// Signatures of the examples in RFC 6376 (appendix A) and RFC 8463 (appendix A), and what is said if they do not fit.
@Suite struct SignatureTests {
  private static let fields = """
    From: Joe SixPack <joe@football.example.com>
    To: Suzie Q <suzie@shopping.example.net>
    Subject: Is dinner ready?
    Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
    Message-ID: <20030712040037.46341.5F8J@football.example.com>

    """
  private static let body = "\nHi.\n\nWe lost the game. Are you hungry yet?\n\nJoe.\n"
  private static let ed25519 = """
    DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
     d=football.example.com; i=@football.example.com;
     q=dns/txt; s=brisbane; t=1528637909; h=from : to :
     subject : date : message-id : from : subject : date;
     bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
     b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
     Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==

    """
  private static let rsa = """
    DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
          c=simple/simple; q=dns/txt; i=joe@football.example.com;
          h=Received : From : To : Subject : Date : Message-ID;
          bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
          b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
          4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
          KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
          4bmp/YzhwvcubU4=;
    Received: from client1.football.example.com  [192.0.2.1]
          by submitserver.example.com with SUBMISSION;
          Fri, 11 Jul 2003 21:01:54 -0700 (PDT)

    """
  private static let ed25519Key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
  private static let rsaKey = """
    v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od\
    +v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB
    """

  private static func results(
    _ text: String, _ key: String?, status: DNSAnswer.Status = .found, now: Int64 = 1_600_000_000
  ) -> [SignatureResult] {
    var verifier = SignatureVerifier(SignedMessage(Array(text.utf8)), now: now)
    return verifier.results { _ in DNSAnswer(status, key.map { [$0] } ?? []) }
  }

  private static func result(_ text: String, _ key: String?) throws -> SignatureResult {
    try #require(results(text, key).first)
  }

  @Test func examplesOfTheStandards() throws {
    let first = try Self.result(Self.ed25519 + Self.fields + Self.body, Self.ed25519Key)
    #expect(first.outcome == .passes && first.domain?.name == "football.example.com" && first.keyBits == nil)
    let second = try Self.result(Self.rsa + Self.fields + Self.body, Self.rsaKey)
    #expect(second.outcome == .passes && second.domain?.name == "example.com" && second.keyBits == 1_024)
    let crlf = (Self.rsa + Self.fields + Self.body).replacing("\n", with: "\r\n")
    #expect(try Self.result(crlf, Self.rsaKey).outcome == .passes)
  }

  @Test func questionsAreThoseForTheKeys() {
    let message = SignedMessage(Array((Self.ed25519 + Self.rsa + Self.fields + Self.body).utf8))
    #expect(
      SignatureVerifier(message, now: 0).questions == [
        DNSQuestion("brisbane._domainkey.football.example.com", .txt),
        DNSQuestion("brisbane._domainkey.example.com", .txt),
      ])
  }

  @Test func whatWasChanged() throws {
    func change(_ text: String) throws -> SignatureChange? {
      let result = try Self.result(text, Self.ed25519Key)
      return if case .changed(let change) = result.outcome { change } else { nil }
    }
    let (fields, body) = (Self.ed25519 + Self.fields, Self.body)
    let footer = try #require(try change(fields + body + "\n--\nList footer\n"))
    #expect(footer.isHeaderIntact && footer.isBodyIntact == false)
    #expect(footer.footerOctets == "\r\n--\r\nList footer\r\n".utf8.count)
    let tagged = fields.replacing("Subject: Is", with: "Subject: [family]  Is")
    #expect(try change(tagged + body)?.subjectTag == "[family]")
    #expect(try change(tagged + body)?.isBodyIntact == true)
    let other = try #require(try change(fields.replacing("Suzie", with: "Susan") + body + "x"))
    #expect(!other.isHeaderIntact && other.isBodyIntact == false && other.subjectTag == nil)
    #expect(try change(fields + body.replacing("lost", with: "won"))?.footerOctets == nil)
    // Without the body, only the header can be verified.
    #expect(try Self.result(fields, Self.ed25519Key).outcome == .headerPasses)
    #expect(try Self.result(fields + "\n\n", Self.ed25519Key).outcome == .headerPasses)
    let header = try #require(try change(fields.replacing("Suzie", with: "Susan")))
    #expect(!header.isHeaderIntact && header.isBodyIntact == nil)
  }

  @Test(arguments: [
    ("v=1;", "", SignatureFault.missingTag("v")), ("v=1", "v=2", .version), ("ed25519-sha256", "x-sha256", .algorithm),
    ("h=from : to", "h=to", .missingTag("x")), ("bh=2jUS", "bh=2j!US", .base64("bh")),
    ("t=15", "t=x15", .badNumber("t")),
    ("t=1528637909;", "t=1528637909; x=1;", .badNumber("x")), ("c=relaxed/relaxed", "c=none", .canonicalisation),
    ("q=dns/txt", "q=http", .query), ("i=@football", "i=@other", .identity),
    ("s=brisbane", "s=brisbane; s=x", .duplicateTag),
    ("t=1528637909;", "l=9999;", .length), ("v=1;", "v=1; =;", .syntax),
  ])
  func faults(_ old: String, _ new: String, _ fault: SignatureFault) throws {
    var text = Self.ed25519.replacing(old, with: new)
    var fault = fault
    if fault == .missingTag("x") {
      // From is signed twice in the example.
      text = text.replacing("message-id : from :", with: "message-id :")
      fault = .fromNotSigned
    }
    let result = try Self.result(text + Self.fields + Self.body, Self.ed25519Key)
    #expect(result.outcome == .fault(fault))
  }

  @Test func keysThatCannotBeUsed() throws {
    let text = Self.ed25519 + Self.fields + Self.body
    func outcome(_ key: String?) throws -> SignatureResult.Outcome { try Self.result(text, key).outcome }
    #expect(
      try outcome(Self.ed25519Key.replacing("p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", with: "p="))
        == .key(.revoked))
    #expect(try outcome("v=spf1 -all") == .key(.missing))
    #expect(try outcome(nil) == .key(.missing))
    #expect(try outcome(Self.ed25519Key + "; s=web") == .key(.service))
    #expect(try outcome("p=AAAA") == .key(.syntax))
    #expect(try outcome(Self.rsaKey) == .unsuitedKey)
    #expect(try outcome(Self.ed25519Key + "; h=sha1") == .unsuitedKey)
    #expect(try outcome(Self.ed25519Key + "; t=y:s; s=email; h=sha256") == .passes)
    #expect(try Self.result(text, Self.ed25519Key + "; t=y").isTesting)
    // i= is below d=, which t=s forbids.
    #expect(try Self.result(Self.rsa + Self.fields + Self.body, Self.rsaKey + "; t=s").outcome == .unsuitedKey)
    #expect(Self.results(text, nil, status: .failure).first?.outcome == .key(.unanswered))
    #expect(Self.results(text, nil, status: .noName).first?.outcome == .key(.missing))
  }

  /// Numbers from which the library could compute for hours, or divide by zero.
  @Test func hostileKeys() throws {
    func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
    }
    func key(_ modulus: [UInt8], _ exponent: [UInt8]) -> String {
      let bytes = der(0x30, der(2, modulus) + der(2, exponent))
      let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
      var text = ""
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let part =
          bytes[start..<min(start + 3, bytes.count)] + Array(repeating: 0, count: max(0, start + 3 - bytes.count))
        let number = part.reduce(0) { $0 << 8 | Int($1) }
        let digits = [18, 12, 6, 0].map { alphabet[number >> $0 & 63] }
        text +=
          String(digits.prefix(min(3, bytes.count - start) + 1))
          + String(repeating: "=", count: max(0, start + 3 - bytes.count))
      }
      return "p=" + text
    }
    let text = Self.rsa + Self.fields + Self.body
    let long = [UInt8](repeating: 0xff, count: 1_200)
    #expect(try Self.result(text, key(long, [3])).outcome == .key(.tooLong))
    #expect(try Self.result(text, key([UInt8](repeating: 0xff, count: 256), long)).outcome == .key(.tooLong))
    for modulus: [UInt8] in [
      [1], [2], [0xff, 0xfe], [UInt8](repeating: 0xfe, count: 256), [0x80] + [UInt8](repeating: 0, count: 255),
    ] {
      for exponent: [UInt8] in [[0], [1], [3], [UInt8](repeating: 0xff, count: 32)] {
        let outcome = try Self.result(text, key(modulus, exponent)).outcome
        #expect(outcome != .passes && outcome != .headerPasses)
      }
    }
  }

  @Test func lineThatIsFoldedManyTimesIsReadInNoTime() {
    let text = "From: a@example.com\nDKIM-Signature: v=1\n" + String(repeating: " x\n", count: 300_000)
    #expect(Self.results(text + "\n", nil).count == 1)
  }

  @Test func onlySomeSignaturesAreVerified() {
    let text = String(repeating: Self.ed25519, count: 100) + Self.fields + Self.body
    #expect(Self.results(text, Self.ed25519Key).count == SignatureVerifier.mostSignatures)
  }

  @Test func sayWhenItExpired() throws {
    let text = Self.ed25519.replacing("t=1528637909;", with: "t=1528637909; x=1528637910;")
    let later = try #require(Self.results(text + Self.fields + Self.body, Self.ed25519Key).first)
    #expect(later.expired == 1_528_637_910)
    let before = Self.results(text + Self.fields + Self.body, Self.ed25519Key, now: 1_528_637_910).first
    #expect(before?.expired == nil && before != nil)
  }

  @Test func everyCodeHasASentence() {
    let faults: [SignatureFault] = [
      .syntax, .duplicateTag, .missingTag("h"), .version, .algorithm, .base64("b"), .badNumber("x"), .canonicalisation,
      .query, .fromNotSigned, .identity, .length,
    ]
    let keys: [KeyFault] = [.unanswered, .missing, .revoked, .syntax, .service, .tooLong]
    let changes = [true, false].flatMap { header in
      [true, false, nil].flatMap { body in
        [nil, 5].flatMap { footer in
          [nil, "[x]"].map {
            SignatureChange(isHeaderIntact: header, isBodyIntact: body, footerOctets: footer, subjectTag: $0)
          }
        }
      }
    }
    let outcomes: [SignatureResult.Outcome] =
      [.passes, .headerPasses, .insecure, .unsuitedKey] + faults.map { .fault($0) } + keys.map { .key($0) }
      + changes.map { .changed($0) }
    let header = MessageHeader(Array("From: a@example.com\n".utf8))
    let check = MessageCheck(header, trusted: [], organisations: Organisations { $0 })
    let chains: [(ARCResult.Status, [DomainName])] =
      [(.none, []), (.fail, [])]
      + [ARCResult.Status.pass, .fail, .headerOnly, .unanswered].map {
        ($0, [DomainName("list.example")].compactMap(\.self))
      }
    for language in Language.allCases {
      let phrasebook = Phrasebook(language)
      for outcome in outcomes {
        for algorithm in ["rsa-sha1", "rsa-sha256"] {
          var result = SignatureResult(
            domain: DomainName("example.com"), selector: "s", algorithm: algorithm, outcome: outcome)
          (result.expired, result.unsignedOctets, result.isTesting, result.keyBits) = (1, 3, true, 512)
          for (status, sealers) in chains {
            let chain = ARCResult(
              status: status, sealers: sealers, firstResults: AuthenticationResults("mx.test; spf=pass".utf8))
            let message = VerifiedMessage(check: check, signatures: [result], chain: chain, spf: nil)
            for reason in message.reasons {
              let sentence = phrasebook.text("check-message.\(reason.code)", reason.values)
              #expect(!sentence.hasPrefix("check-message.") && !sentence.contains("{"), "\(reason)")
            }
          }
        }
      }
    }
  }
}
