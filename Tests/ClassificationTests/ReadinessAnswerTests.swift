import DMARC
import Settings
import Store
import Testing

@testable import Classification

@Suite struct ReadinessAnswerTests {
  /// A month of mail in which everything passes.
  private func figures(_ change: (inout ReadinessFigures) -> Void = { _ in }) -> ReadinessFigures {
    var figures = ReadinessFigures()
    figures.messages = 1_000
    figures.passed = 1_000
    figures.days = 30
    figures.reporters = 5
    figures.isSPFKnown = true
    change(&figures)
    return figures
  }

  private func answer(_ change: (inout ReadinessFigures) -> Void) -> ReadinessAnswer {
    figures(change).answer(ReadinessThresholds())
  }

  @Test func eachDoubtKeepsTheAnswerFromYes() {
    #expect(answer { _ in } == .yes)
    #expect(answer { $0.undecided = 20 } == .yes)
    #expect(answer { $0.undecided = 21 } == .cannotTell)
    #expect(answer { $0.days = 13 } == .cannotTell)
    #expect(answer { $0.reporters = 1 } == .cannotTell)
    #expect(answer { $0.isSPFKnown = false } == .cannotTell)
    let all = figures { ($0.undecided, $0.days, $0.reporters, $0.isSPFKnown) = (800, 1, 1, false) }
    #expect(all.doubts(ReadinessThresholds()) == ReadinessDoubt.allCases)
  }

  @Test func failingOwnMailIsNoHoweverMuchIsInDoubt() {
    #expect(answer { ($0.yours, $0.days, $0.undecided) = (1, 1, 900) } == .no)
  }

  /// Spoofing does not dilute the share of undecided mail.
  @Test func abuseDoesNotCountAsMailOfTheDomain() {
    #expect(answer { ($0.messages, $0.passed, $0.abuse, $0.undecided) = (1_000, 100, 880, 20) } == .cannotTell)
  }

  private func effect(_ verdict: String, _ subtype: String, flagged: Bool = true, days: Int64 = 1)
    -> ReadinessReport.Effect
  {
    ReadinessReport.Effect(
      FailingFlow(
        verdict: verdict, subtype: subtype, confidence: "medium", isUnknownIP: flagged, isDeclared: false, days: days,
        messages: 10), of: 30)
  }

  @Test func steadyStrangerIsUndecidedUntilSomeoneHasAsked() {
    #expect(effect("unknown-unauthenticated", "nothing-passes", days: 3) == .abuse)
    #expect(effect("unknown-unauthenticated", "nothing-passes", days: 15) == .undecided)
    #expect(effect("unknown-unauthenticated", "spoof-suspected", days: 14) == .abuse)
    #expect(effect("unknown-unauthenticated", "spoof-suspected", days: 28) == .undecided)
    #expect(effect("unknown-unauthenticated", "forwarded-unauthenticated", days: 30) == .abuse)
    #expect(effect("misaligned-service", "esp") == .undecided)
    #expect(effect("misaligned-service", "declared", flagged: false) == .yours)
    #expect(effect("mailing-list", "pattern") == .undecided)
    #expect(effect("mailing-list", "attested", flagged: false) == .passedOn)
  }
}

@Suite struct PolicyRecordTests {
  private func next(_ text: String) throws -> String {
    let next = try #require(PolicyRecord(published: text)).next
    return "\(next.step.rawValue): \(next.record.text)"
  }

  @Test func policyRisesAStepAtATime() throws {
    #expect(
      try next("v=DMARC1; p=none; rua=mailto:d@example.com; sp=none")
        == "quarantine-testing: v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.com; sp=none")
    #expect(try next("v=DMARC1;p=quarantine;t=y;adkim=s") == "quarantine: v=DMARC1; p=quarantine; adkim=s")
    #expect(try next("v=DMARC1; p=quarantine; pct=10") == "quarantine: v=DMARC1; p=quarantine")
    #expect(try next("v=DMARC1; p=quarantine; pct=100") == "reject: v=DMARC1; p=reject")
    #expect(try next("v=DMARC1; p=reject; t=y") == "reject: v=DMARC1; p=reject")
    #expect(
      try next("v=DMARC1; p=reject; rua=mailto:d@example.com") == "stay: v=DMARC1; p=reject; rua=mailto:d@example.com")
    #expect(try next("v=DMARC1; rua=mailto:d@example.com").hasPrefix("quarantine-testing: v=DMARC1; p=quarantine; t=y"))
  }

  @Test func otherTextsAreNoRecords() {
    for text in ["", "v=spf1 -all", "p=none; v=DMARC1", "v=DMARC2; p=none", "v=DMARC1 p=none"] {
      #expect(PolicyRecord(published: text) == nil, "\(text)")
    }
  }

  /// Reporters fill in defaults, and a hostile one anything.
  @Test func reportedTagsAreThoseThatDifferFromDefaults() throws {
    let record = PolicyRecord(reported: [
      ("p", "none"), ("sp", "none"), ("np", "reject"), ("adkim", "r"), ("aspf", "s"), ("pct", "100"),
      ("fo", "1; rua=mailto:x@evil.example"), ("t", "n"),
    ])
    #expect(record.text == "v=DMARC1; p=none; np=reject; aspf=s")
    #expect(
      record.line(of: try #require(DomainName("example.com")))
        == #"_dmarc.example.com. TXT "v=DMARC1; p=none; np=reject; aspf=s""#)
    #expect(PolicyRecord(reported: []).text == "v=DMARC1; p=none")
  }

  @Test func recordInDNSIsPreferredUnlessThereAreSeveral() {
    func published(_ found: [String]?) -> PublishedPolicy {
      PublishedPolicy(StoredPolicy(domain: "example.com", reported: [.init(name: "p", value: "none")], lookedUp: found))
    }
    #expect(published(["other", "v=DMARC1; p=reject; rua=mailto:a@b.example"]).record["p"] == "reject")
    #expect(published(["v=DMARC1; p=reject", "v=DMARC1; p=none"]).source == .reports)
    #expect(published(nil).source == .reports)
  }
}
