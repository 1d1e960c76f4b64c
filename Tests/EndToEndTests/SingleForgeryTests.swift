import Foundation
import Testing

/// One or a few forged messages in the name of a known sender, or from a newly registered domain.
@Suite struct SingleForgeryTests {
  private typealias Forged = ForgedReports

  /// The abuser's messages as reported by all receivers: nothing passes.
  private static let failing = Forged.Row(
    source: Forged.abuser, count: 14, dkim: "fail", spf: "fail",
    results: Forged.results(dkim: "fail", spf: "example.com", "fail"))

  /// A store with weeks of signed messages from these reporters, each of which arrived on time.
  private func store(_ reporters: [String], days: ClosedRange<Int> = 2...40, trusting: Bool = false) throws -> Program {
    let program = try Program()
    if trusting { _ = try program.write(".config/dmarcstat/config.yaml", "trusted_hosts: [mx.example.com]\n") }
    for reporter in reporters {
      for day in days {
        let rows = [Forged.own, Self.failing]
        let xml = Forged.xml(reporter, "dmarc@\(reporter)", "\(reporter)-\(day)", daysAgo: day, rows)
        let mail = Self.mail(xml, from: reporter, arrived: day - 1, authenticated: trusting)
        _ = try program.write("genuine/\(reporter)-\(day).eml", mail)
      }
    }
    #expect(try program.run("ingest", "--quiet", program.folder + "/genuine").status == 0)
    return program
  }

  private static func mail(_ xml: String, from sender: String, arrived daysAgo: Int, authenticated: Bool) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "EEE, d MMM yyyy HH:mm:ss Z"
    let date = format.string(from: Date().addingTimeInterval(-86_400 * Double(daysAgo)))
    let fields = authenticated ? Forged.authenticated(sender) : ""
    return Forged.mail(
      from: "noreply@\(sender)", xml, fields: fields + "Received: from x by mx.example.com; \(date)\n",
      ownFields: "DKIM-Signature: v=1; a=rsa-sha256; d=\(sender); s=a; bh=AAAA; b=AAAA\n")
  }

  /// A message with a report that SPF and DKIM pass for the abuser.
  private func praise(
    _ name: String, _ sender: String, daysAgo: Int, arrived: Int = 0, count: Int = 1, domain: String = "example.com",
    authenticated: Bool = false
  ) -> String {
    var row = Forged.aligned
    row.count = count
    let id = "\(name)-\(domain)-\(daysAgo)-\(count)"
    let xml = Forged.xml(name, "dmarc@\(sender)", id, daysAgo: daysAgo, [row])
      .replacingOccurrences(of: "<domain>example.com</domain><adkim>", with: "<domain>\(domain)</domain><adkim>")
    return Self.mail(xml, from: sender, arrived: arrived, authenticated: authenticated)
  }

  private func ingest(_ mails: [String], _ program: Program) throws {
    for (number, mail) in mails.enumerated() { _ = try program.write("forged/\(number).eml", mail) }
    #expect(try program.run("ingest", "--quiet", program.folder + "/forged").status == 0)
  }

  /// None of the abuser's messages is cleared without a flag, and failing messages are not cleared at all.
  private func expectNothingIsCleared(
    _ program: Program, passing: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let script = """
      import sqlite3, sys
      for row in sqlite3.connect(sys.argv[1]).execute("SELECT DISTINCT dmarc_pass, verdict, unknown_ip FROM v_record"
        " WHERE source_ip = ? AND (NOT unknown_ip OR NOT dmarc_pass)", (sys.argv[2],)): print(*row)
      """
    let lines = try program.python(script, [program.database, Forged.abuser]).output.split(separator: "\n")
    let expected = ["0 unknown-unauthenticated 1"]
    #expect(lines.filter { passing || $0.hasPrefix("0") }.map(String.init) == expected, sourceLocation: sourceLocation)
  }

  @Test(arguments: [["bigmail.example"], ["bigmail.example", "post.example"]])
  func oneMessageOfAKnownSenderDoesNotClearASource(_ reporters: [String]) throws {
    let program = try store(reporters)
    try expectNothingIsCleared(program)
    for (name, domain) in [
      ("Bigmail LLC", "example.com"), ("bigmail.example", "mail.example.com"), ("bigmail.example", "other.example"),
    ] {
      try ingest([praise(name, "bigmail.example", daysAgo: 3, domain: domain)], program)
      try expectNothingIsCleared(program)
    }
  }

  /// On a day without a report, a forgery is indistinguishable from a genuine report, but one message does not outweigh hundreds.
  @Test func aFewPassesDoNotClearHundredsOfFailures() throws {
    let program = try store(["bigmail.example"])
    try ingest([praise("bigmail.example", "bigmail.example", daysAgo: 1)], program)
    try expectNothingIsCleared(program, passing: false)
  }

  @Test func oneMessageWithManyCopiesDoesNotHideAnother() throws {
    let program = try store(["bigmail.example"])
    let copies = (300..<365).flatMap { day in
      (1...2).map { praise("bigmail.example", "bigmail.example", daysAgo: day, count: $0) }
    }
    try ingest(copies + [praise("bigmail.example", "bigmail.example", daysAgo: 3)], program)
    try expectNothingIsCleared(program)
  }

  @Test(arguments: [true, false]) func newDomainIsNotTrustedByInventedDays(_ isAuthenticated: Bool) throws {
    let program = try store(["bigmail.example", "post.example"], trusting: isAuthenticated)
    let burst = [1, 4, 7].map {
      praise("evil.example", "evil.example", daysAgo: $0, count: 400, authenticated: isAuthenticated)
    }
    let second = [8, 9, 10, 11, 12, 13, 14].map {
      praise("evil.example", "evil.example", daysAgo: $0, arrived: 8, count: 400, authenticated: isAuthenticated)
    }
    try ingest(burst + (isAuthenticated ? [] : second), program)
    try expectNothingIsCleared(program)
  }

  /// While no reporter is known, the reporters of failing messages must themselves report evidence that the source is own.
  @Test func twoInventedDomainsDoNotClearWhatBothReportersSeeFail() throws {
    let program = try store(["bigmail.example", "post.example"], days: 2...11)
    try ingest(
      ["one.example", "two.example"].map { praise($0, $0, daysAgo: 3) }, program)
    try expectNothingIsCleared(program, passing: false)
    try ingest(
      ["one.example", "two.example"].flatMap { name in (4..<8).map { praise(name, name, daysAgo: $0, count: 900) } },
      program)
    try expectNothingIsCleared(program, passing: false)
  }
}
