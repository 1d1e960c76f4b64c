import DMARC
import Lookup
import Settings
import Testing

@testable import Classification
@testable import Verdict

/// The plan of a domain, with answers from zone files.
@Suite struct SetupPlanTests {
  /// 2026-11-01.
  private static let today = CalendarDay(number: 20_758)
  private static func named(_ name: String) throws -> DomainName { try #require(DomainName(name)) }

  private static var organisations: Organisations {
    let suffixes = PublicSuffixList()
    return Organisations { suffixes.organisation(of: $0) }
  }

  private static func reading(_ answers: SetupAnswers, _ zone: String, use: DomainUse? = nil) throws -> SetupReading {
    let file = try ZoneFile(parsing: "$ORIGIN .\n" + zone)
    return SetupReading(answers, use: use, organisations: organisations) { file.answer(to: $0) }
  }

  private static func plan(
    _ zone: String, use: DomainUse? = nil, mail: SetupMail? = nil, isLookedUp: Bool = true,
    _ edit: (inout SetupAnswers) throws -> Void = { _ in }
  ) throws -> SetupPlan {
    var answers = SetupAnswers(try named("example.com"))
    try edit(&answers)
    return SetupPlan(
      answers, try reading(answers, zone, use: use), isLookedUp: isLookedUp, mail: mail, today: today,
      thresholds: ReadinessThresholds(), organisations: organisations)
  }

  private static func step(_ kind: SetupStep.Kind, _ plan: SetupPlan) throws -> SetupStep {
    try #require(plan.steps.first { $0.kind == kind })
  }

  private static func mail(
    yours: Int64 = 0, days: Int64 = 30, policy: String? = nil, since: CalendarDay? = nil,
    streams: [SetupMail.Stream] = []
  ) -> SetupMail {
    var figures = ReadinessFigures()
    (figures.messages, figures.passed, figures.days, figures.reporters) = (1_000, 1_000 - yours, days, 5)
    figures.isSPFKnown = true
    figures.yours = yours
    return SetupMail(
      figures: figures, period: today.advanced(by: -29)...today, policy: policy.flatMap { PolicyRecord(published: $0) },
      policySince: since, streams: streams)
  }

  private static let base = """
    example.com. MX 10 mx.example.com.
    mx.example.com. A 192.0.2.25
    s1._domainkey.example.com. TXT "v=DKIM1; k=ed25519; p=\(key)"

    """
  /// RFC 8463 A.2.
  private static let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

  // MARK: SPF

  @Test func whatIsPublishedStaysAndWhatIsMissingIsAdded() throws {
    let zone =
      Self.base + "example.com. TXT \"v=spf1 ip4:198.51.100.0/24 include:spf.example.net -all\"\n"
      + "spf.example.net. TXT \"v=spf1 ip4:203.0.113.0/28 -all\"\n"
    let plan = try Self.plan(zone) {
      // The last two are authorised already.
      $0.networks = ["192.0.2.25", "2001:db8::/48", "198.51.100.7", "203.0.113.1"].compactMap { CIDR($0) }
      $0.services = ["google-workspace", "sendgrid"].compactMap { MailService.named($0) }
    }
    let step = try Self.step(.spf, plan)
    #expect(step.state == .open)
    #expect(
      step.records.map(\.value) == [
        "v=spf1 ip4:198.51.100.0/24 include:spf.example.net ip4:192.0.2.25 ip6:2001:db8::/48 include:_spf.google.com -all"
      ])
    #expect(plan.lookUps == 2)
  }

  /// Every published term is in the planned record, or named as left out.
  @Test func nothingIsDroppedWithoutSaying() throws {
    let terms = [
      "a", "mx", "ptr", "ip4:10.0.0.1", "a:gone.example.net", "include:none.example.net", "exists:%{i}.x.example.net",
      "ip4:192.0.2.1", "IP4:192.0.2.1", "ipv4:192.0.2.1", "include:example.com", "redirect=_spf.example.net", "?all",
    ]
    let plan = try Self.plan(
      Self.base + "example.com. A 192.0.2.9\nexample.com. TXT \"v=spf1 \(terms.joined(separator: " "))\"\n")
    let step = try Self.step(.spf, plan)
    let record = try #require(step.records.first?.value).split(separator: " ").map(String.init)
    let said = Set(step.sentences.filter { $0.code == .spfDrops }.compactMap { $0.values["term"] })
    for term in terms { #expect(record.contains(term) != said.contains(term), "\(term)") }
    #expect(record.last == "~all" && record.contains("a") && record.contains("exists:%{i}.x.example.net"))
    for language in Language.allCases {
      let book = Phrasebook(language)
      for sentence in step.sentences { #expect(!sentence.text(book).contains("setup")) }
    }
  }

  @Test func moreThanTenLookups() throws {
    let names = (0..<12).map { "i\($0).example.net" }
    var zone = Self.base + "example.com. TXT \"v=spf1 \(names.map { "include:\($0)" }.joined(separator: " ")) -all\"\n"
    for name in names { zone += "\(name). TXT \"v=spf1 ip4:192.0.2.1 -all\"\n" }
    let use = DomainUse(
      days: 90, messages: 500, reportedDays: 60,
      includes: names.enumerated().map { .init(name: $1, messages: $0 < 3 ? 0 : 10, onlySPF: 0) }, selectors: [])
    let step = try Self.step(.spf, Self.plan(zone, use: use))
    #expect(step.state == .wrong)
    #expect(step.sentences.contains { $0.code == .spfTooMany && $0.values["cost"] == "12" })
    #expect(step.sentences.filter { $0.code == .spfUnused }.count == 3)
    #expect(step.records.count == 2)
    #expect(step.records[0].value.contains("i0.example.net") && !step.records[1].value.contains("i0.example.net"))
  }

  // MARK: Untrusted names

  /// A sender that only reports show may be an attacker, and must not get into a record.
  @Test func whatOnlyReportsShowIsNoPartOfARecord() throws {
    let stream = SetupMail.Stream(
      name: "evil.example` ; include:evil.example", verdict: "unknown-unauthenticated/undecided", effect: .undecided,
      messages: 5_000, advice: "Ask.")
    let plan = try Self.plan(
      Self.base,
      use: DomainUse(
        days: 90, messages: 9, reportedDays: 60, includes: [.init(name: "evil.example", messages: 9, onlySPF: 9)],
        selectors: [.init(domain: "example.com", selector: "$(evil)", messages: 9)]),
      mail: Self.mail(streams: [stream])
    ) { $0.networks = ["192.0.2.25"].compactMap { CIDR($0) } }
    let senders = try Self.step(.senders, plan)
    let candidate = try #require(senders.sentences.first { $0.code == .candidate })
    #expect(candidate.values["name"] == "evil.example' ; include:evil.example")
    for step in plan.steps {
      #expect(!step.records.contains { $0.line.contains("evil") }, "\(step.records)")
      #expect(!step.commands.contains { $0.contains("evil") })
    }
  }

  @Test func mailboxesThatWouldNeedEscapes() {
    for text in [
      "a;b@example.com", "a!10m@example.com", "a,b@example.com", "a b@example.com", "a%41@example.com", "@example.com",
      "a\"@example.com", "a?x@example.com", "a@localhost", "a@exa mple.com", "a@b@example.com", "", "a@example.com!1",
    ] { #expect(ReportMailbox(text) == nil, "\(text)") }
    #expect(ReportMailbox("mailto:Dmarc+x@Example.COM")?.uri == "mailto:Dmarc+x@example.com")
    #expect(ReportMailbox("a@bücher.example")?.description == "a@xn--bcher-kva.example")
  }

  // MARK: Reports

  @Test func aMailboxOfAnotherOrganisationMustBeAgreed() throws {
    let own = Self.base + "reports.example. MX 10 mx.reports.example.\nmx.reports.example. A 192.0.2.1\n"
    let agreed = own + "example.com._report._dmarc.reports.example. TXT \"v=DMARC1\"\n"
    func step(_ zone: String) throws -> SetupStep {
      try Self.step(.reports, Self.plan(zone) { $0.mailbox = ReportMailbox("d@reports.example") })
    }
    let open = try step(own)
    #expect(open.state == .open)
    #expect(open.records.map(\.line) == ["example.com._report._dmarc.reports.example. TXT \"v=DMARC1\""])
    #expect(try step(agreed).state == .done)
    // A mailbox in a domain without mail servers.
    #expect(try step(Self.base + "reports.example. MX 0 .\n").state == .wrong)
    let sub = try Self.plan(Self.base + "r.example.com. MX 10 mx.example.com.\n") {
      $0.mailbox = ReportMailbox("d@r.example.com")
    }
    #expect(try Self.step(.reports, sub).state == .done && Self.step(.reports, sub).records.isEmpty)
  }

  // MARK: Policy

  private static func policies(_ record: String?, mail: SetupMail?) throws -> [SetupStep] {
    let spf = "example.com. TXT \"v=spf1 mx -all\"\n"
    let plan = try plan(base + spf + (record.map { "_dmarc.example.com. TXT \"\($0)\"\n" } ?? ""), mail: mail)
    return Array(plan.steps.drop { $0.kind != .watch })
  }

  @Test func theWayFromNoneToReject() throws {
    let rua = "; rua=mailto:d@example.com"
    func states(_ record: String, _ mail: SetupMail?) throws -> [SetupStep.State] {
      try Self.policies("v=DMARC1; \(record)\(rua)", mail: mail).map(\.state)
    }
    #expect(try states("p=none", nil) == [.waiting, .waiting, .waiting, .waiting, .waiting])
    #expect(try states("p=none", Self.mail(yours: 3)) == [.open, .waiting, .waiting, .waiting, .waiting])
    #expect(try states("p=none", Self.mail(days: 5)) == [.waiting, .waiting, .waiting, .waiting, .waiting])
    #expect(try states("p=none", Self.mail()) == [.done, .open, .waiting, .waiting, .waiting])
    #expect(try states("p=quarantine; t=y", Self.mail()) == [.done, .done, .open, .waiting, .waiting])
    #expect(try states("p=quarantine; pct=20", Self.mail()) == [.done, .done, .open, .waiting, .waiting])
    #expect(try states("p=quarantine", Self.mail()) == [.done, .done, .done, .open, .waiting])
    let recent = Self.mail(since: Self.today.advanced(by: -3))
    #expect(try states("p=quarantine", recent) == [.done, .done, .done, .waiting, .waiting])
    // Reports do not yet show what was just published.
    let before = Self.mail(policy: "v=DMARC1; p=quarantine; t=y")
    #expect(try states("p=quarantine", before) == [.done, .done, .done, .waiting, .waiting])
    #expect(try states("p=quarantine; t=y", before) == [.done, .done, .open, .waiting, .waiting])
    #expect(try states("p=quarantine", Self.mail(yours: 3)) == [.wrong, .done, .done, .waiting, .waiting])
    #expect(try states("p=reject", Self.mail()) == [.done, .done, .done, .done, .done])
    #expect(try states("p=reject; sp=none", Self.mail()) == [.done, .done, .done, .done, .open])
    #expect(try states("p=reject; t=y", Self.mail()) == [.done, .done, .done, .open, .waiting])
  }

  @Test func recordsAndDaysOfTheWay() throws {
    let steps = try Self.policies("v=DMARC1; p=none; sp=none; rua=mailto:d@example.com; fo=1", mail: Self.mail(days: 5))
    #expect(
      steps.dropFirst().map { $0.records.first?.value } == [
        "v=DMARC1; p=quarantine; t=y; sp=none; rua=mailto:d@example.com; fo=1",
        "v=DMARC1; p=quarantine; sp=none; rua=mailto:d@example.com; fo=1",
        "v=DMARC1; p=reject; sp=none; rua=mailto:d@example.com; fo=1",
        "v=DMARC1; p=reject; rua=mailto:d@example.com; fo=1",
      ])
    // Reports cover 5 of 14 days.
    #expect(steps.map { $0.earliest?.description } == ["2026-11-10", "2026-11-10", "2026-11-24", "2026-12-08", nil])
    let recent = Self.mail(since: Self.today.advanced(by: -3))
    let later = try Self.policies("v=DMARC1; p=quarantine; rua=mailto:d@example.com", mail: recent)
    #expect(try #require(later.first { $0.kind == .reject }).earliest?.description == "2026-11-12")
  }

  @Test func aStricterPolicyWaitsForWhatComesBefore() throws {
    // Reports are fine, but a named server is not in the SPF record.
    let zone =
      Self.base + "example.com. TXT \"v=spf1 mx -all\"\n"
      + "_dmarc.example.com. TXT \"v=DMARC1; p=none; rua=mailto:d@example.com\"\n"
    let plan = try Self.plan(zone, mail: Self.mail()) { $0.networks = ["198.51.100.1"].compactMap { CIDR($0) } }
    #expect(try Self.step(.watch, plan).state == .done)
    #expect(try Self.step(.quarantineTesting, plan).state == .waiting)
    #expect(plan.next?.kind == .spf)
  }

  @Test func aSubdomainBelowAPolicy() throws {
    var answers = SetupAnswers(try Self.named("news.example.com"))
    answers.networks = ["192.0.2.25"].compactMap { CIDR($0) }
    let zone = Self.base + "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n"
    let plan = SetupPlan(
      answers, try Self.reading(answers, zone), isLookedUp: true, mail: nil, today: Self.today,
      thresholds: ReadinessThresholds(), organisations: Self.organisations)
    let step = try Self.step(.dmarc, plan)
    #expect(step.state == .done && step.sentences.contains { $0.code == .dmarcInherited })
    #expect(!plan.steps.contains { $0.kind == .reject })
    #expect(plan.zone.name == "example.com")
  }

  // MARK: Keys

  @Test func aKeyPerSender() throws {
    let plan = try Self.plan("example.com. MX 10 mx.example.com.\nmx.example.com. A 192.0.2.25\n") {
      $0.networks = ["192.0.2.25"].compactMap { CIDR($0) }
      $0.services =
        ["mandrill", "sendgrid", "amazon-ses"].compactMap { MailService.named($0) }
        + [MailService(unknown: "Frobnik")]
    }
    let own = try Self.step(.dkim, plan)
    #expect(own.state == .open && own.subject == "s2026")
    #expect(own.commands.first == "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out s2026.private")
    let services = plan.steps.filter { $0.kind == .service }
    #expect(services.map(\.state) == [.open, .open, .unknown, .unknown])
    #expect(
      services[0].records.first?.line == "mte1._domainkey.example.com. CNAME dkim1.mandrillapp.com.")
    #expect(services[3].sentences.map(\.code) == [.serviceUnknown])
    #expect(services.dropLast().allSatisfy { $0.source?.hasPrefix("https://") == true })
  }

  /// A forged report must not hold up the plan.
  @Test func aSelectorThatNeverVerifiedIsNoMistake() throws {
    func state(_ messages: Int64) throws -> SetupStep.State {
      let seen = DomainUse.Selector(domain: "example.com", selector: "gone", messages: messages, failed: 50)
      let use = DomainUse(days: 90, messages: 90, reportedDays: 60, includes: [], selectors: [seen])
      return try Self.step(.dkim, Self.plan(Self.base + "example.com. TXT \"v=spf1 mx -all\"\n", use: use)).state
    }
    #expect(try state(0) == .done)
    #expect(try state(9) == .wrong)
  }

  @Test func theKeyOfAServiceIsNotThatOfTheOwnServer() throws {
    let zone =
      "example.com. TXT \"v=spf1 ip4:192.0.2.25 include:sendgrid.net -all\"\n"
      + "sendgrid.net. TXT \"v=spf1 -all\"\n" + "s1._domainkey.example.com. CNAME s1.u1.sendgrid.net.\n"
      + "s1.u1.sendgrid.net. TXT \"v=DKIM1; k=ed25519; p=\(Self.key)\"\n"
    let plan = try Self.plan(zone)
    #expect(try Self.step(.service, plan).state == .done)
    #expect(try Self.step(.dkim, plan).state == .open)
  }

  // MARK: Other domains

  @Test func aDomainWithoutMail() throws {
    func states(_ zone: String) throws -> [SetupStep.State] {
      try Self.plan(zone) { $0.sendsMail = false }.steps.map(\.state)
    }
    #expect(try states("example.com. A 192.0.2.1\n") == [.open, .open, .open])
    let done = "example.com. TXT \"v=spf1 -all\"\nexample.com. MX 0 .\n_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n"
    #expect(try states(done) == [.done, .done, .done])
    #expect(try states(done.replacing("p=reject", with: "p=reject; sp=none")) == [.done, .done, .open])
    #expect(
      try states(done + "s1._domainkey.example.com. TXT \"v=DKIM1; k=ed25519; p=\(Self.key)\"\n") == [
        .done, .done, .open, .done,
      ])
  }

  @Test func withoutLookupsNothingIsSaidToBePublished() throws {
    let plan = try Self.plan("", isLookedUp: false) { $0.networks = ["192.0.2.25"].compactMap { CIDR($0) } }
    #expect(try Self.step(.senders, plan).sentences.contains { $0.code == .notLookedUp })
    #expect(try Self.step(.spf, plan).state == .unknown)
    #expect(try Self.step(.spf, plan).records.map(\.value) == ["v=spf1 ip4:192.0.2.25 ~all"])
    #expect(!plan.steps.contains { $0.state == .wrong })
  }

  @Test func everySentenceHasATextInBothLanguages() {
    for language in Language.allCases {
      let codes = Phrasebook(language).codes
      for code in SetupSentence.Code.allCases { #expect(codes.contains("setup.\(code.rawValue)"), "\(code)") }
      for kind in SetupStep.Kind.allCases { #expect(codes.contains("setup-step.\(kind.rawValue)")) }
      for state in SetupStep.State.allCases { #expect(codes.contains("setup-state.\(state.rawValue)")) }
      for reason in SPFMerge.Reason.allCases { #expect(codes.contains("setup-cause.\(reason.rawValue)")) }
      for doubt in ReadinessDoubt.allCases { #expect(codes.contains("setup-cause.\(doubt.rawValue)")) }
      let known = Set(SetupSentence.Code.allCases.map { "setup.\($0.rawValue)" })
      #expect(codes.filter { $0.hasPrefix("setup.") } == known)
    }
  }
}
