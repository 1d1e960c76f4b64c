import DMARC
import Foundation
import Testing
import Verdict

@testable import Settings

/// `notify`: every key, every mistake, and addresses.
@Suite struct NotifySettingsTests {
  private func parse(_ text: String) throws -> NotifySettings {
    try Configuration.parse(text, path: "/etc/d/c.yaml").notify
  }

  @Test func nobodyIsToldByDefault() throws {
    #expect(try parse("lang: en").recipients.isEmpty)
    #expect(try parse("notify: {mail: {from: a@example.com}}").recipients.isEmpty)
  }

  @Test func everyKeyIsRead() throws {
    let settings = try parse(
      """
      notify:
        timeout: 12
        mail:
          from: DMARC alerts <dmarc@example.com>
          server: smtp.example.com
          port: 2525
          tls: implicit
          ca_file: ca.pem
          user: dmarc
          password_file: secret
        recipients:
          - mail: ops@bücher.example
            digest: true
            lang: ja
          - {name: customer, mail: a@example.org, domains: [example.org, 'kunde*.example'], severity: high, alerts: false}
          - slack: {url_file: slack}
          - teams: {url_command: pass teams}
          - mattermost: {url_env: MM}
          - {name: phone 1, ntfy: {token_env: T}}
          - webhook: {url: 'http://hooks.example.com/x', token_file: t, insecure_plaintext: true}
          - command: [page, --urgent]
          - syslog: local3
          - stderr: true
      """)
    #expect(settings.timeout == 12)
    let mail = try #require(settings.mail)
    #expect(mail.from.displayName == "DMARC alerts" && mail.from.address == "dmarc@example.com")
    var server = MailServer(host: "smtp.example.com", port: 2_525, security: .implicit)
    (server.authorities, server.user, server.password) = ("/etc/d/ca.pem", "dmarc", .file("/etc/d/secret"))
    #expect(mail.transport == .server(server))
    let people = settings.recipients
    #expect(
      people.map(\.name) == [
        "ops@xn--bcher-kva.example", "customer", "slack", "teams", "mattermost", "phone 1", "webhook", "command",
        "syslog", "stderr",
      ])
    #expect(people[0].getsDigest && people[0].language == .japanese && people[0].leastSeverity == .low)
    #expect(!people[1].getsAlerts && people[1].leastSeverity == .high)
    #expect(
      people[1].covered(["a.example.org", "example.com", "kunde7.example"]) == ["a.example.org", "kunde7.example"])
    #expect(people[1].covered(["example.com"]).isEmpty && people[0].covered(["example.com"]) == ["example.com"])
    func target(_ index: Int) -> WebTarget? {
      if case .web(_, let target) = people[index].channel { target } else { nil }
    }
    #expect(target(2)?.url == .secret(.file("/etc/d/slack")))
    #expect(target(3)?.url == .secret(.command("pass teams")))
    #expect(target(4)?.url == .secret(.environment("MM")))
    #expect(target(5)?.url == .secret(.environment("DMARCSTAT_URL_PHONE_1")) && target(5)?.token == .environment("T"))
    #expect(target(6)?.url == .written("http://hooks.example.com/x") && target(6)?.allowsPlaintext == true)
    #expect(people[7].channel == .command(["/etc/d/page", "--urgent"]))
    #expect(people[8].channel == .syslog(SyslogTarget(facility: .local3)))
    #expect(people[9].channel == .standardError)
  }

  @Test func mailGoesThroughSendmailUnlessThereIsAServer() throws {
    let settings = try parse("notify: {mail: {from: a@example.com}, recipients: [{mail: b@example.com}]}")
    #expect(settings.mail?.transport == .sendmail("/usr/sbin/sendmail"))
  }

  @Test(arguments: [
    ("{recipients: [{mail: a@example.com}]}", "nothing says from whom"),
    ("{mail: {server: s.example}}", "`mail` needs the address"),
    ("{mail: {from: a@example.com, port: 25}}", "add server"),
    ("{mail: {from: a@example.com, server: s.example, tls: none}}", "insecure_plaintext"),
    ("{mail: {from: a@example.com, server: s.example, sendmail: /x}}", "keep one"),
    ("{mail: {from: a@example.com, server: s.example, password_file: x}}", "no user"),
    (
      "{mail: {from: a@example.com, server: s.example, user: u, password_file: x, password_env: Y}}",
      "more than one source"
    ),
    ("{mail: {from: a@example.com, server: 'u:p@s.example'}}", "must be a host name"),
    ("{mail: {from: a@example.com, server: 'smtp.example.com:587'}}", "`port: 587`"),
    ("{mail: {from: a@example.com, server: '[2001:db8::1]'}}", "without a port"),
    ("{mail: {from: a@example.com, server: s.example, tls: ssl}}", "`tls` must be one of"),
    ("{mail: {from: a@example.com, server: s.example, port: 70000}}", "65535"),
    ("{mail: {from: nobody}}", "not a mail address"), ("{timeout: 500}", "1 to 120"),
    ("{recipients: [{name: x}]}", "needs one of mail"),
    ("{recipients: [{stderr: true, syslog: daemon}]}", "one channel"),
    ("{recipients: [{stderr: true}, {stderr: true}]}", "two recipients are named"),
    ("{recipients: [{stderr: false}]}", "`stderr` is true"),
    ("{recipients: [{stderr: true, digest: true}]}", "gets the digest"),
    ("{recipients: [{slack: 'https://hooks.example/SECRET'}]}", "url_file"),
    ("{recipients: [{slack: {url: 'ftp://SECRET.example'}}]}", "https://"),
    ("{recipients: [{slack: {url: 'https://SECRET.example', url_env: X}}]}", "more than one URL"),
    ("{recipients: [{slack: {url_env: SECRET, url_file: x}}]}", "more than one source"),
    ("{recipients: [{command: 'rm -rf'}]}", "list of words"), ("{recipients: [{command: []}]}", "needs a program"),
    ("{recipients: [{syslog: kern}]}", "facility must be"),
    ("{recipients: [{stderr: true, severity: urgent}]}", "severity"),
    ("{recipients: [{stderr: true, domains: ['a b']}]}", "neither a domain"),
    ("{recipients: [{stderr: true, lang: fr}]}", "`lang`"),
    ("{recipients: [{stdderr: true}]}", "did you mean \"stderr\""), ("{recipient: []}", "did you mean \"recipients\""),
    ("{recipients: [{name: \"a\\nb\", stderr: true}]}", "visible"),
  ])
  func mistakesNameFileAndLine(text: String, words: String) throws {
    let error = try #require(throws: SettingsError.self) { try parse("lang: en\nnotify: " + text) }
    #expect(error.file == "/etc/d/c.yaml" && error.line == 2 && error.problem.contains(words), "\(error)")
    #expect(!error.problem.contains("SECRET"))
  }

  @Test(arguments: ["2001:db8::25", "192.0.2.25", "smtp", "smtp_1.example.com"]) func serversMayBeAddresses(
    host: String
  ) throws {
    let settings = try parse("notify: {mail: {from: a@example.com, server: '\(host)', user: u}}")
    guard case .server(let server) = settings.mail?.transport else {
      Issue.record("no server")
      return
    }
    #expect(server.host == host && server.port == 587)
  }

  @Test func plainSubmissionIsForThisMachine() throws {
    let settings = try parse("notify: {mail: {from: a@example.com, server: 127.0.0.1, tls: none, user: u}}")
    guard case .server(let server) = settings.mail?.transport else { return #expect(Bool(false)) }
    #expect(server.port == 25 && server.password == .environment("DMARCSTAT_SMTP_PASSWORD"))
  }

  @Test(
    arguments: [
      ("a@example.com", "a@example.com", nil), (" Ops <a.b+c@Example.COM> ", "a.b+c@example.com", "Ops"),
      ("\"Ops, 2\" <o@bücher.example>", "o@xn--bcher-kva.example", "Ops, 2"), ("<a@example.com>", "a@example.com", nil),
    ] as [(String, String, String?)])
  func addressesAreRead(text: String, address: String, name: String?) {
    #expect(MailAddress(text)?.address == address && MailAddress(text)?.displayName == name)
  }

  @Test(arguments: [
    "", "a", "@example.com", "a@", "a b@example.com", "a@example.com\r\nBcc: x@example.com", "A\nB <a@example.com>",
    "-f@example.com",
    "a..b@example.com", ".a@example.com", "ü@example.com", "a@b@example.com", "a@example.com>", "<a@example.com",
    "a@exa mple.com",
    "a\u{0}@example.com", "A\u{202e} <a@example.com>",
  ])
  func otherTextsAreNoAddresses(text: String) { #expect(MailAddress(text) == nil) }
}
