import DMARC
import Testing

/// The vectors of `docs/hashes.md`, computed by another program. Databases and other stores rely on them, so they must not be adapted to
/// the code.
@Suite struct CanonicalHashTests {
  private var outcome: AuthenticationOutcome {
    var outcome = AuthenticationOutcome()
    outcome.disposition = .quarantine
    outcome.evaluatedDKIM = .fail
    outcome.evaluatedSPF = .pass
    outcome.headerFrom = "Example.COM."
    outcome.envelopeFrom = "bounce.example.net"
    outcome.dkim = [
      DKIMResult(domain: "Bücher.example", selector: "s1", result: .fail, humanResult: "café \"x\"\n")
    ]
    outcome.spf = [SPFResult(domain: "bounce.example.net", result: .pass)]
    outcome.reasons = [OverrideReason(type: .localPolicy, comment: "arc=pass")]
    return outcome
  }

  private var policy: PolicyPublished {
    var policy = PolicyPublished()
    policy.domain = "EXAMPLE.com"
    policy.adkim = .relaxed
    policy.p = .reject
    policy.pct = 100
    policy.fo = "1:d"
    return policy
  }

  @Test func outcomes() {
    #expect("\(outcome.canonicalHash)" == "d4790e8638a1daacda09f88a6302cd7f")
    #expect("\(outcome.canonical.canonicalHash)" == "d4790e8638a1daacda09f88a6302cd7f")
    #expect("\(AuthenticationOutcome().canonicalHash)" == "baa22ed9def13ff6599257c888951a09")
    var computed = AuthenticationOutcome()
    (computed.evaluatedDKIM, computed.evaluatedSPF, computed.evaluation) = (.pass, .fail, .computed)
    computed.headerFrom = "example.com"
    computed.dkim = [DKIMResult(domain: "example.com", result: .pass)]
    #expect("\(computed.canonicalHash)" == "be7040b015a6ce0df9048d8ec92d8982")
  }

  @Test func policiesAndReports() throws {
    let domain = try #require(DomainName("example.com"))
    #expect("\(policy.canonicalHash(for: domain))" == "692a48663c28315c489d4bb8edd8827b")
    let identity = ReportIdentity(
      reporter: "receiver.example.net", reportID: "2026-10-01.1", policyDomain: domain, begin: 1_790_812_800,
      end: 1_790_899_199)
    #expect(identity.canonicalText == #"["receiver.example.net","2026-10-01.1","example.com",1790812800,1790899199]"#)
    #expect("\(identity.canonicalHash)" == "13298570f9b78376949d6835e5e7721d")
  }

  @Test func flows() throws {
    let policy = policy.canonicalHash(for: try #require(DomainName("example.com")))
    let (v4, v6) = (IPAddress(v4: 0xc000_0201), IPAddress(v6: 0x2001_0db8_0000_0000, 1))
    #expect(
      "\(CanonicalHash(flowFrom: v4, outcome.canonicalHash, under: policy))" == "7e2a0feb200575f4484f73e21b5775ed")
    #expect(
      "\(CanonicalHash(flowFrom: v6, outcome.canonicalHash, under: policy))" == "a0d000702d0ca67b6dfb2d70b0299ef5")
  }

  /// Lengths around the edges of a block of SHA-256.
  @Test(arguments: [
    (0, "e3b0c44298fc1c149afbf4c8996fb924"), (55, "9f4390f8d30c2dd92ec9f095b65e2b9a"),
    (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f"), (64, "ffe054fe7ae0cb6dc65c3af9b61d5209"),
    (1_000, "41edece42d63e8d9bf515a9ba6932e1c"),
  ])
  func lengths(count: Int, expected: String) {
    #expect("\(CanonicalHash(of: repeatElement(UInt8(ascii: "a"), count: count)))" == expected)
  }

  @Test func bytesAndDigitsAgree() {
    let hash = CanonicalHash(of: "abc".utf8)
    #expect("\(hash)" == "ba7816bf8f01cfea414140de5dae2223")
    #expect(CanonicalHash(bytes: hash.bytes) == hash)
    #expect(CanonicalHash(bytes: [1, 2, 3]) == nil)
  }
}
