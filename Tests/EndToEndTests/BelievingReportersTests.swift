import Foundation
import Testing

/// Forged reports cannot clear a source or cause a suggestion.
@Suite struct BelievingReportersTests {
  private typealias Forged = ForgedReports

  enum Shape: String, CaseIterable {
    case files, mbox, maildir
  }

  /// A store with genuine reports that arrived by email.
  private func store(trusting: Bool = false, authenticated: Bool = true, extra: [Forged.Row] = []) throws -> Program {
    let program = try Program()
    if trusting { _ = try program.write(".config/dmarcstat/config.yaml", "trusted_hosts: [mx.example.com]\n") }
    for reporter in Forged.reporters {
      for day in Forged.days {
        let fields = authenticated ? Forged.authenticated(reporter) : ""
        let text = Forged.mail(
          from: "noreply@\(reporter)", Forged.genuine(reporter, daysAgo: day, extra: extra), fields: fields)
        _ = try program.write("genuine/\(reporter)-\(day).eml", text)
      }
    }
    #expect(try program.run("ingest", "--quiet", program.folder + "/genuine").status == 0)
    return program
  }

  private func ingest(_ mails: [String], _ shape: Shape, _ program: Program) throws {
    switch shape {
    case .files:
      for (number, mail) in mails.enumerated() { _ = try program.write("forged/\(number).eml", mail) }
    case .mbox:
      let text = mails.map { "From attacker Thu Oct  1 06:00:00 2026\n\($0)\n" }.joined()
      _ = try program.write("forged/box.mbox", text)
    case .maildir:
      for folder in ["cur", "tmp"] {
        try FileManager.default.createDirectory(
          atPath: program.folder + "/forged/\(folder)", withIntermediateDirectories: true)
      }
      for (number, mail) in mails.enumerated() { _ = try program.write("forged/new/1760000000.M\(number).host", mail) }
    }
    let result = try program.run("ingest", "--quiet", program.folder + "/forged")
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Forged messages, one for each of the last days, which claim that the abuser delivers intact messages and is an own server.
  private func forgeries(
    names: [String], senders: [String], fields: String = "", ownFields: String = "", days: Range<Int> = 1..<5
  ) -> [String] {
    days.map { day in
      let (name, sender) = (names[abs(day) % names.count], senders[abs(day) % senders.count])
      let report = Forged.xml(name, sender, "forged-\(day)", daysAgo: day, [Forged.intact(40), Forged.aligned])
      return Forged.mail(from: sender, report, fields: fields, ownFields: ownFields)
    }
  }

  private struct Answer: Equatable {
    var verdict: String
    var isFlagged: Bool
  }

  /// The verdict on the abuser's messages in genuine reports.
  private func verdict(_ program: Program, on address: String = ForgedReports.abuser) throws -> Answer {
    let script = """
      import sqlite3, sys
      row = sqlite3.connect(sys.argv[1]).execute("SELECT verdict, confidence, unknown_ip FROM v_record WHERE source_ip = ?"
        " AND NOT dmarc_pass LIMIT 1", (sys.argv[2],)).fetchone()
      print(*row)
      """
    let words = try program.python(script, [program.database, address]).output.split(whereSeparator: \.isWhitespace)
    try #require(words.count == 3)
    return Answer(verdict: words[..<2].joined(separator: " "), isFlagged: words[2] == "1")
  }

  private func expectNothingIsCleared(_ program: Program, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let answer = try verdict(program)
    #expect(answer.isFlagged, "\(answer)", sourceLocation: sourceLocation)
    let suggestions = try program.run("senders", "suggest")
    #expect(!suggestions.output.contains(Forged.abuser), "\(suggestions.output)", sourceLocation: sourceLocation)
    #expect(suggestions.output.contains("192.0.2.10"), "\(suggestions.output)", sourceLocation: sourceLocation)
  }

  private static let names = ["google.com", "Yahoo! Inc.", "Enterprise Outlook", "comcast.net"]
  private static let senders = ["a@one.example", "b@two.example", "c@three.example", "d@four.example"]

  @Test(arguments: Shape.allCases) func fourForgedMessagesDoNotClearASource(_ shape: Shape) throws {
    let program = try store()
    #expect(try verdict(program).isFlagged)
    try ingest(forgeries(names: Self.names, senders: Self.senders), shape, program)
    try expectNothingIsCleared(program)
  }

  @Test func oneReporterNameDoesNotClearASource() throws {
    let program = try store()
    try ingest(forgeries(names: ["one.example"], senders: ["a@one.example"]), .files, program)
    try expectNothingIsCleared(program)
  }

  @Test func inventedDaysDoNotEstablishTrust() throws {
    let program = try store()
    let fields = "Received: from x by mx.example.com; \(Self.date(0))\n"
    try ingest(
      forgeries(names: ["one.example"], senders: ["a@one.example"], fields: fields, days: 1..<30), .files, program)
    try expectNothingIsCleared(program)
  }

  @Test func nameOfAUsualReporterDoesNotClearASource() throws {
    let program = try store()
    try ingest(forgeries(names: ["bigmail.example"], senders: ["a@one.example"]), .files, program)
    try expectNothingIsCleared(program)
    // The address in the report is the forger's own, so nothing disagrees, but it is not the usual sender.
    let report = try #require(try program.json("show", "report", "forged-1") as? [String: Any])
    #expect((report["warnings"] as? [[String: Any]])?.contains { $0["code"] as? String == "sender-disagrees" } == false)
  }

  @Test func senderOfAUsualReporterDoesNotClearASourceWithATrustedHost() throws {
    let program = try store(trusting: true)
    let lies = Forged.authenticated("bigmail.example", host: "mx.example.net")
    let fields = "Authentication-Results: mx.example.com; dkim=none; dmarc=fail header.from=bigmail.example\n"
    let forged = Forged.authenticated("bigmail.example")
    for ownFields in ["", lies, "Subject: x\n" + forged, forged] {
      try ingest(
        forgeries(
          names: ["bigmail.example"], senders: ["noreply@bigmail.example"], fields: fields, ownFields: ownFields),
        .files, program)
      try expectNothingIsCleared(program)
    }
  }

  @Test func senderOfAUsualReporterOnItsDaysDoesNotClearASource() throws {
    let program = try store(authenticated: false)
    try ingest(
      forgeries(names: ["bigmail.example"], senders: ["noreply@bigmail.example"], days: 8..<12), .files, program)
    try expectNothingIsCleared(program)
  }

  @Test func authenticatedStrangerDoesNotClearASource() throws {
    let program = try store(trusting: true)
    try ingest(
      forgeries(names: Self.names, senders: ["a@one.example"], fields: Forged.authenticated("one.example")), .files,
      program)
    try expectNothingIsCleared(program)
  }

  @Test func futureDaysDoNotCount() throws {
    let program = try store()
    try ingest(forgeries(names: Self.names, senders: Self.senders, days: -400..<(-380)), .files, program)
    try expectNothingIsCleared(program)
  }

  @Test func forwarderKnownToUsualReportersStaysCleared() throws {
    let forwarder = "198.51.100.44"
    let program = try store(extra: [Forged.abuse(2, from: forwarder), Forged.intact(6, from: forwarder)])
    let answer = try verdict(program, on: forwarder)
    #expect(answer == Answer(verdict: "forwarded-modified medium", isFlagged: false))
    try ingest(forgeries(names: Self.names, senders: Self.senders), .files, program)
    #expect(try verdict(program, on: forwarder) == answer)
  }

  @Test func reportShowsItsOrigin() throws {
    let program = try store(trusting: true)
    let report = try #require(try program.json("show", "report", "bigmail.example-7") as? [String: Any])
    #expect(report["mail_from"] as? String == "noreply@bigmail.example")
    #expect(report["authenticated_by"] as? String == "mx.example.com")
    #expect(report["authenticated_domain"] as? String == "bigmail.example")
    #expect(report["dkim_passed"] as? [String] == ["bigmail.example"])
    #expect(report["sender_agreement"] as? String == "agrees")
    #expect(report["standing"] as? String == "usual")
    let forged = Forged.mail(
      from: "a@one.example", Forged.xml("bigmail.example", "dmarc@bigmail.example", "odd", daysAgo: 1, [Forged.own]))
    try ingest([forged], .files, program)
    let odd = try #require(try program.json("show", "report", "odd") as? [String: Any])
    #expect(odd["sender_agreement"] as? String == "disagrees")
    #expect((odd["warnings"] as? [[String: Any]])?.contains { $0["code"] as? String == "sender-disagrees" } == true)
  }

  /// Copies of a report in other messages: only an authenticated copy with the same bytes proves its origin.
  @Test func authenticatedCopyProvesTheOriginOfAReport() throws {
    let program = try Program()
    _ = try program.write(".config/dmarcstat/config.yaml", "trusted_hosts: [mx.example.com]\n")
    let xml = Forged.genuine("bigmail.example", daysAgo: 3)
    func origin() throws -> [String?] {
      let report = try #require(try program.json("show", "report", "bigmail.example-3") as? [String: Any])
      return [report["mail_from"] as? String, report["authenticated_domain"] as? String]
    }
    try ingest([Forged.mail(from: "x@evil.example", xml)], .files, program)
    #expect(try origin() == ["x@evil.example", nil])
    // Authenticated, but for a sender that disagrees with the report.
    let evil = Forged.mail(from: "x@evil.example", xml, fields: Forged.authenticated("evil.example"))
    _ = try program.write("second/1.eml", evil)
    #expect(try program.run("ingest", "--quiet", program.folder + "/second").status == 0)
    #expect(try origin() == ["x@evil.example", nil])
    let genuine = Forged.mail(
      from: "noreply@bigmail.example", xml, fields: Forged.authenticated("bigmail.example"))
    _ = try program.write("third/1.eml", genuine)
    #expect(try program.run("ingest", "--quiet", program.folder + "/third").status == 0)
    #expect(try origin() == ["noreply@bigmail.example", "bigmail.example"])
    _ = try program.write("fourth/1.eml", evil + "\n")
    #expect(try program.run("ingest", "--quiet", program.folder + "/fourth").status == 0)
    #expect(try origin() == ["noreply@bigmail.example", "bigmail.example"])
  }

  @Test func hostsTrustedLaterCountFromThenOn() throws {
    let program = try Program()
    func mail(_ day: Int) -> String {
      Forged.mail(
        from: "noreply@bigmail.example", Forged.genuine("bigmail.example", daysAgo: day),
        fields: Forged.authenticated("bigmail.example"))
    }
    try ingest([mail(3)], .files, program)
    _ = try program.write(".config/dmarcstat/config.yaml", "trusted_hosts: [mx.example.com]\n")
    #expect(try program.run("reclassify").status == 0)
    _ = try program.write("later/4.eml", mail(4))
    #expect(try program.run("ingest", "--quiet", program.folder + "/later").status == 0)
    func host(_ day: Int) throws -> String? {
      let report = try #require(try program.json("show", "report", "bigmail.example-\(day)") as? [String: Any])
      return report["authenticated_by"] as? String
    }
    #expect(try host(3) == nil)
    #expect(try host(4) == "mx.example.com")
  }

  /// The origin of a report with more rows than one batch is recorded, too.
  @Test func longReportRecordsThatItsSenderDisagrees() throws {
    let program = try Program()
    let rows = (0..<17_000).map { Forged.abuse(1, from: "10.0.\($0 / 256).\($0 % 256)") }
    let report = Forged.xml("bigmail.example", "dmarc@bigmail.example", "long", daysAgo: 1, rows)
    try ingest([Forged.mail(from: "a@one.example", report)], .files, program)
    let long = try #require(try program.json("show", "report", "long") as? [String: Any])
    #expect(long["sender_agreement"] as? String == "disagrees")
    #expect((long["warnings"] as? [[String: Any]])?.contains { $0["code"] as? String == "sender-disagrees" } == true)
  }

  /// Files count by name while no reporter is known; saved messages do not.
  @Test func filesCountByNameAndMessagesDoNot() throws {
    let program = try Program()
    for reporter in Forged.reporters.prefix(2) {
      for day in 5..<10 {
        _ = try program.write("genuine/\(reporter)-\(day).xml", Forged.genuine(reporter, daysAgo: day))
      }
    }
    #expect(try program.run("ingest", "--quiet", program.folder + "/genuine").status == 0)
    try ingest(forgeries(names: Self.names, senders: Self.senders), .files, program)
    try expectNothingIsCleared(program)
    #expect(try program.run("senders", "suggest", "--apply").errors.contains("no known organi"))
    #expect(try !program.run("senders", "list").output.contains("192.0.2.10"))
  }

  /// A store that is a few days old, without known reporters.
  @Test(arguments: [1, 3]) func newStoreDoesNotClearASource(_ reporters: Int) throws {
    let program = try Program()
    for reporter in Forged.reporters.prefix(reporters) {
      for day in 5..<10 {
        let text = Forged.mail(from: "noreply@\(reporter)", Forged.genuine(reporter, daysAgo: day))
        _ = try program.write("genuine/\(reporter)-\(day).eml", text)
      }
    }
    #expect(try program.run("ingest", "--quiet", program.folder + "/genuine").status == 0)
    #expect(try verdict(program).isFlagged)
    try ingest(forgeries(names: Self.names, senders: Self.senders), .files, program)
    #expect(try verdict(program).isFlagged)
  }

  @Test func readinessShowsItsBasis() throws {
    let program = try store(trusting: true)
    try ingest(forgeries(names: Self.names, senders: Self.senders), .files, program)
    let answer = try #require(try program.json("readiness", "example.com", "--since", "60d") as? [String: Any])
    #expect(answer["unauthenticated_messages"] as? Int == 4 * 440)
    #expect(answer["unknown_reporter_messages"] as? Int == 4 * 440)
    let text = try program.run("readiness", "example.com", "--since", "60d").output
    #expect(text.contains("no trusted host authenticated"))
  }

  @Test func trustedHostsAreChecked() throws {
    let program = try Program()
    for (text, words) in [
      ("trusted_hosts: [\"mx example.com\"]\n", "not a valid host name"), ("trusted_host: [a]\n", "trusted_hosts"),
    ] {
      let path = try program.write("config.yaml", text)
      let result = try program.run("ingest", "--config", path, Program.samples)
      #expect(result.status == 2)
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }

  private static func date(_ daysAgo: Int) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "EEE, d MMM yyyy HH:mm:ss Z"
    return format.string(from: Date().addingTimeInterval(-86_400 * Double(daysAgo)))
  }
}
