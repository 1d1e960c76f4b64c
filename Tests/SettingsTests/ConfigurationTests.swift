import DMARC
import IMAP
import Testing

@testable import Settings

@Suite struct ConfigurationTests {
  private func parse(_ lines: String...) throws -> Configuration {
    try Configuration.parse(lines.joined(separator: "\n"), path: "/etc/d/config.yaml")
  }

  @Test func emptyFileChangesNothing() throws {
    let configuration = try parse("# nothing yet")
    #expect(configuration.database == nil)
    #expect(configuration.limits == Limits())
    #expect(configuration.knownSenders == nil)
  }

  @Test func pathsAreRelativeToTheFile() throws {
    let configuration = try parse("database: d.sqlite", "sources: [in, /var/mail]", "after: move:done")
    #expect(configuration.database == "/etc/d/d.sqlite")
    #expect(configuration.sources == ["/etc/d/in", "/var/mail"])
    #expect(configuration.after == .move("/etc/d/done"))
  }

  @Test func anAccountTakesItsDefaultsFromItsEncryptionAndName() throws {
    let configuration = try parse(
      "accounts:", "  - name: my reports", "    server: imap.example.com", "    user: dmarc", "    tls: starttls")
    let account = try configuration.account(named: "my reports")
    #expect(account.endpoint.port == 143)
    #expect(account.secret == .environment("DMARCSTAT_PASSWORD_MY_REPORTS"))
    #expect(account.folders == ["INBOX"])
    let error = #expect(throws: SettingsError.self) { try configuration.account(named: "other") }
    #expect(error?.problem.contains("known accounts: my reports") == true)
  }

  @Test func sendersAreDeclared() throws {
    let configuration = try parse(
      "known_senders:", "  - name: Office", "    kind: own", "    addresses: [192.0.2.0/28]",
      "  - name: News", "    domains: mailer.example", "    asns: AS64500")
    let senders = try #require(configuration.knownSenders)
    #expect(senders.map(\.name) == ["Office", "News"])
    #expect(senders.map(\.kind) == [.own, .service])
    #expect(senders[1].asns == [64_500])
  }

  /// Each error with its line number and a part of its message.
  @Test(arguments: [
    (["lang: en", "sorces: [a]"], 2, "did you mean \"sources\""),
    (["limits:", "  members: 0"], 2, "expected a positive integer"),
    (["limits:", "  rows: many"], 2, "expected a positive integer"),
    (["limits:", "  depht: 3"], 2, "did you mean \"depth\""),
    (["trusted_hosts:", "  - mx.example.com", "  - \"a b\""], 2, "a b"),
    (["after: shred"], 1, "keep, delete or move:FOLDER"),
    (["lang: tlh"], 1, "en, ja"),
    (["pager: ''"], 1, "needs a program"), (["pager: [\"\"]"], 1, "needs a program"),
    (["pager: []"], 1, "needs a program"),
    (["thresholds:", "  small_share: 2"], 2, "0 to 1"),
    (["accounts:", "  - name: a", "    server: u@h", "    user: u"], 3, "their own keys"),
    (["accounts:", "  - name: a", "    server: h", "    port: 70000"], 4, "65535"),
    (["accounts:", "  - name: a", "    server: h", "    tls: yes please"], 4, "`tls` must be one of"),
    (["accounts:", "  - server: h", "    user: u"], 2, "needs a name"),
    (["known_senders:", "  - name: x"], 2, "at least one of addresses"),
    (["known_senders:", "  - {name: x, kind: friend}"], 2, "`kind` must be one of"),
  ])
  func aMistakeIsNamedWithItsLine(_ lines: [String], _ line: Int, _ part: String) {
    let error = #expect(throws: SettingsError.self) {
      try Configuration.parse(lines.joined(separator: "\n"), path: "c.yaml")
    }
    #expect(error?.file == "c.yaml")
    #expect(error?.line == line)
    #expect(error?.problem.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasSuffix("(line \(line))") == true)
  }

  @Test func keyThatMayContainASecretIsNotQuoted() {
    let error = #expect(throws: SettingsError.self) { try parse("database: d", "password hunter2x: 1") }
    #expect(error?.line == 2)
    #expect(error?.description.contains("hunter2x") == false)
  }

  @Test func brokenYAMLIsNotQuoted() {
    let error = #expect(throws: SettingsError.self) { try parse("database: [hunter2x", "lang: }") }
    #expect(error?.file == "/etc/d/config.yaml")
    #expect(error?.description.contains("hunter2x") == false)
    #expect(error?.description.contains("line 2") == true)
  }

  @Test func missingFileIsNamed() {
    let error = #expect(throws: SettingsError.self) { try Configuration.read("/nonexistent/config.yaml") }
    #expect(error?.file == "/nonexistent/config.yaml")
    #expect(error?.line == nil)
  }
}
