import Foundation
import Testing

/// `setup`: a domain is taken from nothing to p=reject and checked with `--verify` after each step; and hostile input.
@Suite struct SetupTests {
  /// A domain with the records that it has published so far, and with reports.
  private struct Place {
    let program: Program
    var records = [
      "example.com. MX 10 mx.example.com.", "mx.example.com. A 192.0.2.25",
      "spf.protection.outlook.com. TXT \"v=spf1 ip4:203.0.113.0/24 -all\"",
    ]
    static let said = [
      "--own", "192.0.2.25", "--service", "microsoft-365", "--service", "sendgrid", "--reports",
      "dmarc@reports.example",
      "--selector", "s2026",
    ]

    init() throws { program = try Program() }

    /// The database, once there is one.
    private var database: [String] {
      FileManager.default.fileExists(atPath: program.database) ? ["--database", program.database] : []
    }

    func run(_ arguments: [String], start: String = "2026-10-01") throws -> Program.Result {
      let zone = try program.write("zone", "$ORIGIN .\n" + records.joined(separator: "\n") + "\n")
      return try program.run(
        ["setup", "example.com", "--zone", zone, "--start", start] + database + Self.said
          + arguments)
    }

    func json(_ arguments: [String] = [], start: String = "2026-10-01") throws -> [String: Any] {
      let result = try run(arguments + ["--format", "json"], start: start)
      return try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.errors)")
    }

    /// Ingests reports of two organisations for days of October 2026, which show a policy.
    func report(_ days: ClosedRange<Int>, _ policy: String, failing: Int = 0) throws {
      for day in days {
        for reporter in ["one.example", "two.example"] {
          let begin = 1_790_812_800 + (day - 1) * 86_400
          func row(_ count: Int, _ result: String) -> String {
            """
            <record><row><source_ip>192.0.2.25</source_ip><count>\(count)</count><policy_evaluated>
            <disposition>none</disposition><dkim>\(result)</dkim><spf>\(result)</spf></policy_evaluated></row>
            <identifiers><header_from>example.com</header_from></identifiers>
            <auth_results><dkim><domain>example.com</domain><selector>s2026</selector><result>\(result)</result></dkim>
            <spf><domain>example.com</domain><result>\(result)</result></spf></auth_results></record>
            """
          }
          _ = try program.write(
            "in/\(reporter)-\(day).xml",
            """
            <feedback><report_metadata><org_name>\(reporter)</org_name><email>a@\(reporter)</email>
            <report_id>\(reporter).\(day)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end>
            </date_range></report_metadata><policy_published><domain>example.com</domain>\(policy)</policy_published>
            \(row(50, "pass"))\(failing > 0 ? row(failing, "fail") : "")</feedback>
            """)
        }
      }
      #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 0)
    }

    /// Publishes the records of a step as the plan prints them, in place of those with the same name and type.
    mutating func publish(_ step: String, start: String = "2026-10-01", _ arguments: [String] = []) throws {
      let lines = try (json(arguments, start: start)["records"] as? [[String: Any]] ?? [])
        .filter { $0["step"] as? String == step }.compactMap { $0["line"] as? String }
      #expect(!lines.isEmpty, "\(step)")
      for line in lines {
        let words = line.split(separator: " ")
        records.removeAll { $0.hasPrefix(words[0] + " " + words[1] + " ") }
        records.append(line)
      }
    }

    /// The state of each step by its kind, or for services by the name of the service.
    func states(start: String = "2026-10-01") throws -> [String: String] {
      let steps = try #require(json(["--verify"], start: start)["steps"] as? [[String: Any]])
      return Dictionary(
        uniqueKeysWithValues: steps.map { step in
          let kind = step["step"] as? String ?? ""
          return (kind == "service" ? step["subject"] as? String ?? "" : kind, step["state"] as? String ?? "")
        })
    }
  }

  @Test func fromNothingToReject() throws {
    var place = try Place()
    #expect(try place.run([]).status == 0)
    #expect(try place.run(["--verify"]).status == 1)
    var expected = [
      "senders": "done", "reports": "wrong", "spf": "not-yet", "dkim": "not-yet", "Microsoft 365": "not-yet",
      "Twilio SendGrid": "not-yet", "dmarc": "not-yet", "watch": "waiting", "quarantine-testing": "waiting",
      "quarantine": "waiting", "reject": "waiting", "subdomains": "waiting",
    ]
    func check(_ changes: [String: String], start: String = "2026-10-01") throws {
      expected.merge(changes) { $1 }
      let states = try place.states(start: start)
      #expect(states == expected)
      let isOpen = states.values.contains { $0 == "not-yet" || $0 == "wrong" }
      #expect(try place.run(["--verify"], start: start).status == (isOpen ? 1 : 0))
    }
    try check([:])
    // The domain of the mailbox exists, then agrees.
    place.records.append("reports.example. MX 10 mx.example.com.")
    try check(["reports": "not-yet"])
    try place.publish("reports")
    try check(["reports": "done"])
    try place.publish("spf")
    #expect(place.records.last == "example.com. TXT \"v=spf1 ip4:192.0.2.25 include:spf.protection.outlook.com ~all\"")
    try check(["spf": "done"])
    // A key is made as the plan says.
    let commands = try #require(place.json()["commands"] as? [[String: Any]]).compactMap { $0["run"] as? String }
    #expect(commands.count == 3)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-ec", commands.prefix(2).joined(separator: "\n")]
    shell.currentDirectoryURL = URL(fileURLWithPath: place.program.folder)
    #expect(try Program.finish(shell).status == 0)
    try place.publish("dkim", ["--public-key", place.program.folder + "/s2026.pem"])
    try check(["dkim": "done"])
    let key = try #require(place.records.last?.split(separator: " ", maxSplits: 2).last)
    place.records += [
      "selector1._domainkey.example.com. CNAME selector1-example-com._domainkey.example.onmicrosoft.com.",
      "selector1-example-com._domainkey.example.onmicrosoft.com. TXT \(key)",
      "s1._domainkey.example.com. CNAME s1.domainkey.u1.wl1.sendgrid.net.",
    ]
    try check(["Microsoft 365": "done", "Twilio SendGrid": "wrong"])
    place.records.append("s1.domainkey.u1.wl1.sendgrid.net. TXT \(key)")
    try check(["Twilio SendGrid": "done"])
    try place.publish("dmarc")
    try check(["dmarc": "done"])
    // There is nothing to do until reports arrive.
    #expect(try place.run(["--verify"]).output.contains("There is nothing to do now."))
    try place.report(1...5, "<p>none</p>")
    try check([:], start: "2026-10-06")
    try place.report(1...16, "<p>none</p>")
    try check(["watch": "done", "quarantine-testing": "not-yet"], start: "2026-10-17")
    try place.publish("quarantine-testing", start: "2026-10-17")
    #expect(place.records.last?.contains("p=quarantine; t=y; rua=mailto:dmarc@reports.example") == true)
    try place.report(17...18, "<p>quarantine</p><testing>y</testing>")
    try check(["quarantine-testing": "done"], start: "2026-10-18")
    try check(["quarantine": "not-yet"], start: "2026-11-02")
    try place.publish("quarantine", start: "2026-11-02")
    // Reports about the previous policy are not enough for the next step: they must show this policy first.
    try check(["quarantine": "done"], start: "2026-11-02")
    try place.report(19...31, "<p>quarantine</p><testing>y</testing>")
    try place.report(32...46, "<p>quarantine</p>")
    try check([:], start: "2026-11-14")
    try check(["reject": "not-yet"], start: "2026-11-16")
    try place.publish("reject", start: "2026-11-16")
    try check(["reject": "done", "subdomains": "done"], start: "2026-11-16")
    let last = try place.run(["--verify"], start: "2026-11-16")
    #expect(last.status == 0 && last.output.contains("All steps are done."))
    // Steps that are done are still checked.
    place.records.removeAll { $0.hasPrefix("example.com. TXT") }
    try check(["spf": "not-yet", "watch": "waiting"], start: "2026-11-16")
  }

  @Test func ownMailThatFailsStopsTheWay() throws {
    var place = try Place()
    place.records.append("_dmarc.example.com. TXT \"v=DMARC1; p=quarantine; rua=mailto:d@example.com\"")
    place.records.append("example.com. TXT \"v=spf1 ip4:192.0.2.25 -all\"")
    try place.report(1...16, "<p>quarantine</p>", failing: 4)
    let steps = try #require(place.json(start: "2026-10-17")["steps"] as? [[String: Any]])
    let watch = try #require(steps.first { $0["step"] as? String == "watch" })
    #expect(watch["state"] as? String == "wrong")
    let text = try #require(watch["text"] as? String)
    #expect(text.contains("192.0.2.25") && text.contains("128 messages"), "\(text)")
  }

  @Test func exitStatusAndUsage() throws {
    let program = try Program()
    let zone = try program.write("zone", "$ORIGIN .\nexample.com. MX 0 .\n")
    func run(_ arguments: String...) throws -> Program.Result { try program.run(["setup"] + arguments) }
    #expect(try run("example.com", "--zone", zone).status == 0)
    #expect(try run("example.com", "--zone", program.folder + "/missing").status == 3)
    let dead = try run("example.com", "--resolver", "127.0.0.1:9", "--own", "192.0.2.1")
    #expect(dead.status == 3 && dead.errors.contains("no name server answered for example.com"), "\(dead.errors)")
    // Records that could not be looked up are not replaced.
    #expect(dead.output.contains("were not looked up"), "\(dead.output)")
    let offline = try run("example.com", "--offline", "--own", "192.0.2.1")
    #expect(offline.status == 0 && offline.output.contains("v=spf1 ip4:192.0.2.1 ~all"))
    for arguments in [
      [], ["a..b"], ["example.com", "--own", "192.0.2.0/33"], ["example.com", "--own", "0.0.0.0/0"],
      ["example.com", "--service", "sendgird"], ["example.com", "--service", "$(x)`"],
      ["example.com", "--reports", "a;b@example.com"], ["example.com", "--selector", "a b"],
      ["example.com", "--no-mail", "--own", "192.0.2.1"], ["example.com", "--offline", "--verify"],
      ["example.com", "--offline", "--zone", zone], ["example.com", "--start", "soon"],
    ] { #expect(try program.run(["setup"] + arguments).status == 2, "\(arguments)") }
    #expect(try run("example.com", "--service", "sendgird").errors.contains("sendgrid"))
    let key = try program.write("key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    let secret = try run("example.com", "--zone", zone, "--public-key", key)
    #expect(secret.status == 2 && secret.errors.contains("private key") && !secret.errors.contains("AAAA"))
    for path in ["/dev/zero", "/dev/null"] {
      #expect(try run("example.com", "--zone", zone, "--public-key", path).status == 2)
    }
    #expect(try run("example.com", "--zone", zone, "--public-key", program.folder + "/none").status == 3)
  }

  @Test func aDomainWithoutMail() throws {
    let program = try Program()
    let start = "$ORIGIN .\nexample.com. A 192.0.2.1\n"
    let open = try program.run(
      "setup", "example.com", "--no-mail", "--zone", program.write("zone", start), "--format", "json")
    let plan = try #require(try JSONSerialization.jsonObject(with: Data(open.output.utf8)) as? [String: Any])
    let lines = (plan["records"] as? [[String: Any]] ?? []).compactMap { $0["line"] as? String }
    #expect(
      lines == [
        "example.com. TXT \"v=spf1 -all\"", "example.com. MX 0 .", "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"",
      ])
    let zone = try program.write("done", start + lines.joined(separator: "\n") + "\n")
    let done = try program.run("setup", "example.com", "--no-mail", "--zone", zone, "--verify")
    #expect(done.status == 0 && done.output.contains("All steps are done."), "\(done.output)")
    #expect(try program.run("check", "domain", "example.com", "--zone", zone).status == 0)
  }

  /// Whatever the domain publishes, no control character reaches the terminal, no value begins a new line, and the
  /// lookups end.
  @Test func hostileRecords() throws {
    let program = try Program()
    var records = [
      "example.com. TXT \"v=spf1 \\027[31mred include:\\000.test include:n0.test ip4:1.2.3.4;x -all\"",
      "_dmarc.example.com. TXT \"v=DMARC1; p=none; rua=mailto:a@x.test\\010evil. TXT; \\226\\128\\174=1\"",
      "s1._domainkey.example.com. TXT \"v=DKIM1; p=\\027]0;owned\\007\"", "example.com. MX 10 \\027[2J.test.",
    ]
    for number in 0..<200 {
      records.append(
        "n\(number).test. TXT \"v=spf1 include:n\(number * 7 % 200).test include:n\(number + 1).test -all\"")
    }
    let zone = try program.write("zone", "$ORIGIN .\n" + records.joined(separator: "\n") + "\n")
    for arguments in [[], ["--verify"], ["--no-mail"], ["--format", "json"], ["--format", "csv"]] {
      let result = try program.run(
        ["setup", "example.com", "--zone", zone, "--own", "192.0.2.1"].filter {
          !arguments.contains("--no-mail") || !["--own", "192.0.2.1"].contains($0)
        } + arguments)
      #expect([0, 1].contains(result.status), "\(arguments) \(result.errors)")
      #expect(!result.output.contains("\u{1b}") && !result.output.contains("\u{202e}"))
      #expect(!result.output.split(separator: "\n").contains { $0.hasPrefix("evil.") })
    }
  }
}
