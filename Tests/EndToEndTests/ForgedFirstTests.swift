import Foundation
import Testing

/// A stranger sends a report with the identity that a reporter's own report will have, before that one arrives.
@Suite struct ForgedFirstTests {
  private typealias Forged = ForgedReports
  private static let reporter = "bigmail.example"

  private func program(trusting: Bool) throws -> Program {
    let program = try Program()
    if trusting { _ = try program.write(".config/dmarcstat/config.yaml", "trusted_hosts: [mx.example.com]\n") }
    return program
  }

  /// A report in the reporter's name; `email` is the address that it states.
  private func xml(daysAgo: Int, email: String? = nil, forged: Bool = false) -> String {
    Forged.xml(
      Self.reporter, "dmarc@\(email ?? Self.reporter)", "\(Self.reporter)-\(daysAgo)", daysAgo: daysAgo,
      forged ? [Forged.aligned] : [Forged.own])
  }

  private func ingest(_ name: String, _ text: String, _ program: Program) throws -> Program.Result {
    _ = try program.write(name, text)
    return try program.run("ingest", program.folder + "/" + name)
  }

  /// Genuine reports of some days, as messages.
  private func history(_ days: ClosedRange<Int>, authenticated: Bool, _ program: Program) throws {
    for day in days {
      let fields = authenticated ? Forged.authenticated(Self.reporter) : ""
      let mail = Forged.mail(from: "noreply@\(Self.reporter)", xml(daysAgo: day), fields: fields)
      _ = try program.write("old/\(day).eml", mail)
    }
    let result = try program.run("ingest", program.folder + "/old")
    #expect(result.status == 0)
    #expect(!result.errors.contains("usual"), "\(result.errors)")
  }

  private func warnings(_ program: Program, _ id: String) throws -> [String] {
    let text = try program.run("show", "report", id, "--format", "json").output
    let report = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let warnings = report?["warnings"] as? [[String: Any]] ?? []
    #expect((report?["warning_count"] as? Int ?? 0) == warnings.count)
    return warnings.compactMap { $0["code"] as? String }
  }

  @Test(arguments: [true, false]) func aStrangersReportIsWarnedOf(authenticated: Bool) throws {
    let program = try program(trusting: authenticated)
    try history(5...14, authenticated: authenticated, program)
    // The stranger states his own address, so that report and message agree.
    let forged = Forged.mail(
      from: "x@stranger.example", xml(daysAgo: 4, email: "stranger.example", forged: true),
      fields: authenticated ? Forged.authenticated("stranger.example") : "")
    let first = try ingest("forged.eml", forged, program)
    #expect(first.status == 0)
    #expect(first.errors.contains("forged.eml"))
    #expect(
      first.errors.contains(
        "from \"stranger.example\", but reports by \"bigmail.example\" usually come from bigmail.example"),
      "\(first.errors)")
    #expect(try warnings(program, "bigmail.example-4") == ["sender-unusual"])
    let genuine = Forged.mail(
      from: "noreply@\(Self.reporter)", xml(daysAgo: 4),
      fields: authenticated ? Forged.authenticated(Self.reporter) : "")
    let second = try ingest("genuine.eml", genuine, program)
    #expect(second.status == 1)
    #expect(
      second.errors.contains("only this one is from the sender that is expected for \"bigmail.example\""),
      "\(second.errors)")
    #expect(try warnings(program, "bigmail.example-4") == ["sender-unusual"])
    #expect(try program.run("show", "domain", "example.com").output.contains("sender-unusual"))
  }

  /// The stranger writes the reporter's own address into From, which only the trusted host notices.
  @Test func aCopiedSenderIsNotAuthenticated() throws {
    let program = try program(trusting: true)
    try history(5...9, authenticated: true, program)
    let fields = "Authentication-Results: mx.example.com; dkim=none; dmarc=fail header.from=\(Self.reporter)\n"
    let forged = Forged.mail(from: "noreply@\(Self.reporter)", xml(daysAgo: 4, forged: true), fields: fields)
    let first = try ingest("forged.eml", forged, program)
    #expect(first.errors.contains("mx.example.com did not authenticate it as usual"), "\(first.errors)")
    #expect(try warnings(program, "bigmail.example-4") == ["sender-unusual"])
  }

  /// Without a history, the domain in the reporter's name decides, if it is authenticated.
  @Test func theFirstReportOfAReporterMayBeForged() throws {
    let program = try program(trusting: true)
    let forged = Forged.mail(
      from: "x@stranger.example", xml(daysAgo: 4, email: "stranger.example", forged: true),
      fields: Forged.authenticated("stranger.example"))
    #expect(try ingest("forged.eml", forged, program).errors == "")
    let genuine = Forged.mail(
      from: "noreply@\(Self.reporter)", xml(daysAgo: 4), fields: Forged.authenticated(Self.reporter))
    let second = try ingest("genuine.eml", genuine, program)
    #expect(
      second.errors.contains(
        "the stored one came in a message from \"stranger.example\" (authenticated by mx.example.com), this one in a message from \"bigmail.example\" (authenticated by mx.example.com); only this one is from the sender that is expected"
      ), "\(second.errors)")
    #expect(try warnings(program, "bigmail.example-4") == ["sender-unusual"])
  }

  @Test func theGenuineReportCameFirst() throws {
    let program = try program(trusting: true)
    try history(4...9, authenticated: true, program)
    let forged = Forged.mail(
      from: "x@stranger.example", xml(daysAgo: 4, email: "stranger.example", forged: true),
      fields: Forged.authenticated("stranger.example"))
    let second = try ingest("forged.eml", forged, program)
    #expect(second.status == 1)
    #expect(second.errors.contains("only the stored one is from the sender that is expected"), "\(second.errors)")
    #expect(try warnings(program, "bigmail.example-4") == [])
  }

  @Test func filesHaveNoSender() throws {
    let program = try program(trusting: true)
    try history(5...14, authenticated: true, program)
    let first = try ingest("a.xml", xml(daysAgo: 4, email: "stranger.example", forged: true), program)
    #expect(first.errors == "")
    let second = try ingest("b.xml", xml(daysAgo: 4), program)
    #expect(second.status == 1)
    #expect(!second.errors.contains("expected"), "\(second.errors)")
    let third = try ingest(
      "c.eml",
      Forged.mail(
        from: "noreply@\(Self.reporter)", xml(daysAgo: 4), fields: Forged.authenticated(Self.reporter)), program)
    #expect(third.errors.contains("the stored one came from a file"), "\(third.errors)")
    #expect(try warnings(program, "bigmail.example-4") == [])
  }

  /// A copy that someone forwarded or replayed has the genuine numbers.
  @Test func theGenuineMessageClearsItsCopy() throws {
    let program = try program(trusting: true)
    try history(5...9, authenticated: true, program)
    let copy = Forged.mail(
      from: "x@stranger.example", xml(daysAgo: 4), fields: Forged.authenticated("stranger.example"))
    #expect(try ingest("copy.eml", copy, program).errors.contains("usually come from"))
    #expect(try warnings(program, "bigmail.example-4").contains("sender-unusual"))
    let genuine = Forged.mail(
      from: "noreply@\(Self.reporter)", xml(daysAgo: 4), fields: Forged.authenticated(Self.reporter))
    #expect(try ingest("genuine.eml", genuine, program).status == 0)
    #expect(try !warnings(program, "bigmail.example-4").contains("sender-unusual"))
    let facts = try program.run("show", "report", "bigmail.example-4").output
    #expect(facts.contains("noreply@bigmail.example"), "\(facts)")
  }

  /// Someone who has used the reporter's name for days does not become a usual sender beside the owner of the name.
  @Test func aPatientStrangerIsNotUsual() throws {
    let program = try program(trusting: true)
    try history(5...9, authenticated: true, program)
    var errors = ""
    for day in 10...15 {
      let forged = Forged.mail(
        from: "x@stranger.example", xml(daysAgo: day, email: "stranger.example", forged: true),
        fields: Forged.authenticated("stranger.example"))
      errors = try ingest("forged\(day).eml", forged, program).errors
      #expect(errors.contains("usually come from bigmail.example: it may be forged"), "\(day): \(errors)")
    }
    let genuine = Forged.mail(
      from: "noreply@\(Self.reporter)", xml(daysAgo: 4), fields: Forged.authenticated(Self.reporter))
    #expect(try ingest("genuine.eml", genuine, program).errors == "")
  }

  /// All in one run: the history is counted while it is stored.
  @Test func oneRunIsEnough() throws {
    let program = try program(trusting: true)
    for day in 5...9 {
      let mail = Forged.mail(
        from: "noreply@\(Self.reporter)", xml(daysAgo: day), fields: Forged.authenticated(Self.reporter))
      _ = try program.write("in/a\(day).eml", mail)
    }
    let forged = Forged.mail(
      from: "x@stranger.example", xml(daysAgo: 4, email: "stranger.example", forged: true),
      fields: Forged.authenticated("stranger.example"))
    _ = try program.write("in/b.eml", forged)
    let result = try program.run("ingest", "--format", "json", program.folder + "/in")
    #expect(result.output.contains("\"doubtful_senders\":1"), "\(result.output)")
    #expect(try warnings(program, "bigmail.example-4") == ["sender-unusual"])
  }
}
