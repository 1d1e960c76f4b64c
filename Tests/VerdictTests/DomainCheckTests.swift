import DMARC
import Foundation
import Lookup
import Seeds
import Testing

@testable import Verdict

/// The checker of published records, with answers from zone files.
@Suite struct DomainCheckTests {
  /// A line `; expect DOMAIN [select=SELECTOR] CODES` of the zone file.
  struct Expectation: Sendable, CustomStringConvertible {
    var domain: String
    var selectors: [String]
    var codes: [String]
    var description: String { domain }
  }

  static let folder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/EndToEndTests/check"

  static func text() throws -> String {
    try String(contentsOfFile: folder + "/domains.zone", encoding: .utf8)
  }

  static func expectations() throws -> [Expectation] {
    try text().split(separator: "\n").filter { $0.hasPrefix("; expect ") }.map { line in
      let words = line.split(separator: " ").dropFirst(2).map(String.init)
      return Expectation(
        domain: words[0], selectors: words.filter { $0.hasPrefix("select=") }.map { String($0.dropFirst(7)) },
        codes: words.dropFirst().filter { !$0.hasPrefix("select=") }.sorted())
    }
  }

  static func check(
    _ domain: String, _ zone: ZoneFile, selectors: [String] = [], use: DomainUse? = nil,
    failing: Set<String> = []
  ) throws -> DomainCheck {
    let suffixes = PublicSuffixList()
    return DomainCheck(
      try #require(DomainName(domain)), selectors: selectors, use: use,
      organisations: Organisations { suffixes.organisation(of: $0) }
    ) { failing.contains($0.name) ? DNSAnswer(.failure) : zone.answer(to: $0) }
  }

  static func check(_ domain: String, _ zone: String, selectors: [String] = [], use: DomainUse? = nil) throws
    -> DomainCheck
  {
    try check(domain, ZoneFile(parsing: "$ORIGIN .\n" + zone), selectors: selectors, use: use)
  }

  private static func codes(_ check: DomainCheck) -> [String] { check.findings.map(\.code.rawValue).sorted() }

  @Test func everyDomainHasExactlyItsFindings() throws {
    let zone = try ZoneFile(parsing: Self.text())
    let expectations = try Self.expectations()
    #expect(expectations.count > 100)
    for expected in expectations {
      let check = try Self.check(expected.domain, zone, selectors: expected.selectors)
      #expect(check.missing.isEmpty && check.unanswered.isEmpty)
      #expect(Self.codes(check) == expected.codes, "\(expected.domain)")
    }
  }

  /// Nothing can be found that no domain of the zone shows, but what reports and dead name servers say.
  @Test func everyCodeIsExpectedSomewhere() throws {
    let expected = Set(try Self.expectations().flatMap(\.codes))
    // MTA-STS policies are not in DNS: see STSPolicyTests.
    let others: Set<RecordFinding.Code> = [
      .spfUnanswered, .spfIncludeUnused, .dkimUnused, .stsPolicyMissing, .stsPolicyLine, .stsPolicyKey, .stsPolicyNone,
      .stsPolicyTesting, .stsPolicyShort, .stsServerRefused, .stsServerUnlisted,
    ]
    #expect(Set(RecordFinding.Code.allCases).subtracting(others).map(\.rawValue).sorted() == expected.sorted())
  }

  /// A record without its mistakes must not forbid all mail, and must have one version tag.
  @Test(arguments: [
    ("v=spf1 ip4:192.0.2.256 -all", nil), ("v=spf1 include:gone.test -all", nil),
    ("v=spf1 ip4:192.0.2.256 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 -all"),
    ("v=spf2.0/mfrom ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 -all"),
    ("spf2.0/pra ip4:192.0.2.1 ~all", "v=spf1 ip4:192.0.2.1 ~all"),
  ])
  func proposalsKeepSenders(published: String, proposed: String?) throws {
    let zone = ["r.test. TXT \"\(published)\"", "r.test. MX 10 mx.r.test.", "mx.r.test. A 192.0.2.5"]
    let check = try Self.check("r.test", zone.joined(separator: "\n"))
    let records = check.findings.filter { $0.code.rawValue.hasPrefix("spf-") }.flatMap(\.proposals)
    #expect(Set(records.map(\.value)) == Set([proposed].compactMap(\.self)), "\(check.findings)")
  }

  /// A corrected record is right: publishing what a finding proposes makes the finding disappear, and no error comes instead.
  @Test func proposedRecordsCorrectTheMistake() throws {
    let zone = try ZoneFile(parsing: Self.text())
    var count = 0
    for expected in try Self.expectations() {
      let before = try Self.check(expected.domain, zone, selectors: expected.selectors)
      for finding in before.findings {
        guard let record = finding.proposals.first, record.type == "TXT" else { continue }
        count += 1
        let suffixes = PublicSuffixList()
        let after = DomainCheck(
          before.domain, selectors: expected.selectors, use: nil,
          organisations: Organisations { suffixes.organisation(of: $0) }
        ) { question in
          question == DNSQuestion(record.name, .txt) ? DNSAnswer(.found, [record.value]) : zone.answer(to: question)
        }
        #expect(!after.findings.map(\.code).contains(finding.code), "\(expected.domain): \(record.value)")
        #expect(after.count(.error) <= before.count(.error), "\(expected.domain): \(Self.codes(after))")
      }
    }
    #expect(count > 50)
  }

  /// The two forms of a proposal are the same record, and strings have at most 255 octets.
  @Test func linesAndFormsAreTheSameRecord() throws {
    let zone = try ZoneFile(parsing: Self.text())
    for expected in try Self.expectations() {
      let check = try Self.check(expected.domain, zone, selectors: expected.selectors)
      for record in check.findings.flatMap(\.proposals) where record.type == "TXT" {
        let published = try ZoneFile(parsing: record.line)
        #expect(published.answer(to: DNSQuestion(record.name, .txt)).values == [record.value], "\(record.line)")
        for string in record.line.split(separator: "\"").map(\.utf8.count) { #expect(string <= 300, "\(record.line)") }
      }
    }
  }

  @Test func everyFindingHasASentenceInBothLanguages() throws {
    let zone = try ZoneFile(parsing: Self.text())
    for language in Language.allCases {
      let phrasebook = Phrasebook(language)
      let causes =
        TagList.Mistake.Cause.allCases.map(\.rawValue) + SPFTermMistake.Cause.allCases.map(\.rawValue)
        + STSAnswer.Failure.allCases.map { "sts-\($0.rawValue)" }
      #expect(
        Set(phrasebook.codes.filter { $0.hasPrefix("check-cause.") }) == Set(causes.map { "check-cause.\($0)" }))
      let codes = RecordFinding.Code.allCases.map { "check.\($0.rawValue)" }
      #expect(Set(phrasebook.codes.filter { $0.hasPrefix("check.") }) == Set(codes))
      for expected in try Self.expectations() {
        for finding in try Self.check(expected.domain, zone, selectors: expected.selectors).findings {
          let text = finding.text(phrasebook)
          // A value that is missing is shown as a question mark.
          #expect(!text.contains("?") || finding.values.values.contains { $0.contains("?") }, "\(text)")
        }
      }
    }
  }

  @Test func positionsAreThoseOfTheMistake() throws {
    func position(_ domain: String) throws -> (Int?, String) {
      let check = try Self.check(domain, ZoneFile(parsing: Self.text()))
      let finding = try #require(check.findings.first)
      return (finding.position, finding.code.rawValue)
    }
    #expect(try position("d-p-bad.test") == (13, "dmarc-bad-value"))  // v=DMARC1; p=rejected
    #expect(try position("s-prefix.test") == (8, "spf-syntax"))
    #expect(try position("k-base64.test") == (52, "dkim-base64"))
  }

  // MARK: What applies

  @Test func treeWalkAndPublicSuffixList() throws {
    let deep = "a.b.c.d.e.f.g.h.i.example.test"
    let check = try Self.check(
      deep,
      "\(deep). MX 10 mx.test.\nmx.test. A 192.0.2.1\n_dmarc.example.test. TXT \"v=DMARC1; p=reject; rua=mailto:a@example.test\"\nexample.test. MX 10 mx.test."
    )
    #expect(check.discovery.applied?.domain.name == "example.test")
    #expect(check.discovery.organisation?.name == "example.test")
    // psd=n ends the walk below the top.
    let unit = try Self.check(
      "x.unit.example.test",
      """
      x.unit.example.test. A 192.0.2.1
      _dmarc.unit.example.test. TXT "v=DMARC1; p=quarantine; psd=n"
      _dmarc.example.test. TXT "v=DMARC1; p=reject"
      """)
    #expect(unit.discovery.applied?.domain.name == "unit.example.test")
    #expect(unit.discovery.appliedByList?.domain.name == "example.test")
    #expect(unit.findings.contains { $0.code == .dmarcOrganisationDiffers })
    // Below a public suffix with psd=y, the organisation is one label further down.
    let tenant = try Self.check(
      "www.tenant.suffix.test",
      "www.tenant.suffix.test. A 192.0.2.1\n_dmarc.suffix.test. TXT \"v=DMARC1; p=reject; psd=y\"")
    #expect(tenant.discovery.organisation?.name == "tenant.suffix.test")
    #expect(tenant.discovery.applied?.domain.name == "suffix.test")
  }

  // MARK: Reports

  private static func use(
    _ includes: [DomainUse.Include] = [], _ selectors: [DomainUse.Selector] = [], days: Int64 = 60
  )
    -> DomainUse
  {
    DomainUse(days: 90, messages: 5_000, reportedDays: days, includes: includes, selectors: selectors)
  }

  @Test func whatNoMailUses() throws {
    let zone = try ZoneFile(
      parsing: Self.text() + """

        used.test. TXT "v=spf1 include:fine.test include:six.test -all"
        used.test. MX 10 mx.hosts.test.
        _dmarc.used.test. TXT "v=DMARC1; p=reject; rua=mailto:a@used.test"
        s1._domainkey.used.test. CNAME s1._domainkey.well.test.
        """)
    let includes = [
      DomainUse.Include(name: "fine.test", messages: 900, onlySPF: 3),
      DomainUse.Include(name: "six.test", messages: 0, onlySPF: 0),
    ]
    let check = try Self.check("used.test", zone, use: Self.use(includes))
    #expect(Self.codes(check) == ["dkim-unused", "spf-include-unused"])
    let proposed = try #require(check.findings.first { $0.code == .spfIncludeUnused }?.proposals.first)
    #expect(proposed.value == "v=spf1 include:fine.test -all")
    let signed = [
      DomainUse.Selector(domain: "used.test", selector: "S1", messages: 40, lastDay: CalendarDay(number: 20_000))
    ]
    #expect(try Self.codes(Self.check("used.test", zone, use: Self.use([], signed))) == [])
    #expect(try Self.check("used.test", zone, use: Self.use([], signed)).keys.first?.messages == 40)
    // A few days of reports prove nothing.
    #expect(try Self.codes(Self.check("used.test", zone, use: Self.use(includes, days: 3))) == [])
    // A key that mail is signed with is missing.
    let lost = signed + [DomainUse.Selector(domain: "used.test", selector: "lost", messages: 7)]
    #expect(try Self.codes(Self.check("used.test", zone, use: Self.use([], lost))) == ["dkim-missing"])
  }

  @Test func ownHostsAreReplacedByTheirAddresses() throws {
    let hosts = (0..<12).map { "h\($0).own.test. A 192.0.2.\($0 + 1)\nh\($0).own.test. AAAA 2001:db8::\($0 + 1)" }
    let check = try Self.check(
      "own.test",
      """
      own.test. TXT "v=spf1 \((0..<11).map { "a:h\($0).own.test" }.joined(separator: " ")) mx a:h11.own.test/24 -all"
      own.test. MX 10 h0.own.test.
      \(hosts.joined(separator: "\n"))
      """)
    let finding = try #require(check.findings.first { $0.code == .spfLookUps })
    let record = try #require(finding.proposals.first)
    // Each address once, and a network stays a name.
    #expect(record.value.hasPrefix("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ip4:192.0.2.2 "), "\(record.value)")
    #expect(record.value.hasSuffix(" ip6:2001:db8::11 a:h11.own.test/24 -all"), "\(record.value)")
    #expect(record.line.contains("\" \""))
  }

  /// A text that means a policy is not corrected into a weaker one.
  @Test func policiesSurviveCorrection() throws {
    let zone = try ZoneFile(parsing: Self.text())
    for name in ["d-slash", "d-comma", "d-lower", "d-order", "d-apex", "d-double", "d-p-bad"] {
      let check = try Self.check("\(name).test", zone)
      #expect(check.findings.first?.proposals.first?.value.hasPrefix("v=DMARC1; p=reject") == true, "\(name)")
    }
  }

  /// Random changes to records of all kinds: nothing traps, what is proposed can be published, and the answer does not depend on chance.
  @Test func damagedRecords() throws {
    var seeded = Seeded()
    let zone = try ZoneFile(parsing: Self.text())
    let names = try Self.expectations().filter { !$0.domain.contains("nowhere") }
    let pieces = [
      ";", "=", "\\", " ", "\"", "\u{0}", "\u{1b}[", "é", "include:", "redirect=", "ip4:", "/", "//99", "%{", "}", "p=",
      "v=",
      "all", "-", "+", ":", "!", ",", "mailto:", "@", "999999999999999999999", "MIIB", "h=sha1", "psd=y", "mx", "..",
    ]
    let suffixes = PublicSuffixList()
    let organisations = Organisations { suffixes.organisation(of: $0) }
    for _ in 0..<Seeded.rounds(300, long: 20_000) {
      let expected = try #require(names.randomElement(using: &seeded))
      let domain = try #require(DomainName(expected.domain))
      var changed: [DNSQuestion: DNSAnswer] = [:]
      for owner in [
        domain.name, "_dmarc.\(domain)", "s1._domainkey.\(domain)", "_mta-sts.\(domain)", "default._bimi.\(domain)",
      ] {
        let question = DNSQuestion(owner, .txt)
        var answer = zone.answer(to: question)
        guard answer.status == .found else { continue }
        answer.values = answer.values.map { text in
          var text = Array(text)
          for _ in 0..<Int.random(in: 0...3, using: &seeded) {
            let index = Int.random(in: 0...text.count, using: &seeded)
            if Bool.random(using: &seeded), index < text.count {
              text.removeSubrange(index..<min(text.count, index + Int.random(in: 1...9, using: &seeded)))
            } else {
              text.insert(contentsOf: pieces.randomElement(using: &seeded) ?? "", at: index)
            }
          }
          return String(text)
        }
        changed[question] = answer
      }
      let answers = changed
      func check() -> DomainCheck {
        DomainCheck(domain, selectors: ["s1"], use: nil, organisations: organisations) { question in
          answers[question] ?? zone.answer(to: question)
        }
      }
      let one = check()
      #expect(one.findings == check().findings, "\(answers)")
      for record in one.findings.flatMap(\.proposals) where record.type == "TXT" {
        let published = try ZoneFile(parsing: record.line)
        #expect(published.answer(to: DNSQuestion(record.name, .txt)).values == [record.value], "\(record.line)")
        if record.value.hasPrefix("v=spf1") {
          #expect(throws: Never.self, "\(record.value)") { try SPFRecord(parsing: record.value) }
        }
      }
      for finding in one.findings {
        if let position = finding.position { #expect(position > 0) }
        #expect(!finding.text(Phrasebook(.english)).isEmpty)
      }
    }
  }

  // MARK: Name servers

  @Test func deadNameServers() throws {
    let zone = try ZoneFile(parsing: Self.text())
    let own = try Self.check("well.test", zone, failing: ["_dmarc.well.test", "well.test"])
    #expect(own.unanswered == ["_dmarc.well.test", "well.test"])
    let other = try Self.check("well-plain.test", zone, failing: ["fine.test"])
    #expect(other.unanswered.isEmpty && Self.codes(other) == ["spf-unanswered"])
  }

  @Test func missingAnswersAreAskedFor() throws {
    let zone = try ZoneFile(parsing: Self.text())
    let suffixes = PublicSuffixList()
    for name in ["well-plain.test", "s-nested.test", "k-alias.test", "sub.d-child.test", "well-dane.test"] {
      let whole = try Self.check(name, zone, selectors: ["svc"])
      var answers: [DNSQuestion: DNSAnswer] = [:]
      for _ in 0..<20 {
        let known = answers
        let check = DomainCheck(
          whole.domain, selectors: ["svc"], use: nil, organisations: Organisations { suffixes.organisation(of: $0) }
        ) { known[$0] }
        for question in check.missing { answers[question] = zone.answer(to: question) }
        if check.missing.isEmpty {
          #expect(check.findings == whole.findings)
          break
        }
      }
      #expect(answers.count > 20)
    }
  }
}
