import FoundationEssentials
import IMAP
import Testing

@testable import Settings

/// The accounts of the configuration.
@Suite struct AccountSettingsTests {
  private func accounts(_ lines: [String]) throws -> [MailAccount] {
    try Configuration.parse((["accounts:"] + lines).joined(separator: "\n"), path: "/etc/d/config.yaml").accounts
  }

  /// An account with all that it needs and some more lines.
  private func account(_ lines: String..., server: String = "imap.example.com") throws -> MailAccount {
    try #require(
      try accounts(
        ["  - name: a", "    server: \"\(server)\"", "    user: u"] + lines.map { "    " + $0 }
      ).first)
  }

  @Test func everyKeyIsRead() throws {
    let account = try account(
      "port: 1993", "tls: implicit", "ca_file: ca.pem", "insecure_skip_certificate_check: true",
      "insecure_plaintext_password: true", "auth: plain", "password_file: secret", "folders: [A, B]",
      "after: move:Done", "other: move:Other", "rejected: move:Bad", "expunge: all", "retries: 0", "poll_seconds: 7",
      "timeouts: {connect: 1, silence: 2, run: 3, idle: 4}")
    #expect(account.endpoint.port == 1_993)
    #expect(account.endpoint.security == .implicit)
    #expect(account.endpoint.authorities == "/etc/d/ca.pem")
    #expect(account.endpoint.skipsCertificateCheck)
    #expect(account.allowsPlaintextPassword)
    #expect(account.mechanism == .plain)
    #expect(account.secret == .file("/etc/d/secret"))
    #expect(account.folders == ["A", "B"])
    #expect((account.after, account.other, account.rejected) == (.move("Done"), .move("Other"), .move("Bad")))
    #expect(account.expungesAll)
    #expect(account.retries == 0)
    #expect(account.pollSeconds == 7)
    #expect(account.endpoint.connectSeconds == 1)
    #expect(account.endpoint.silenceSeconds == 2)
    #expect(account.runSeconds == 3)
    #expect(account.idleSeconds == 4)
  }

  @Test func defaultsAreSafe() throws {
    let account = try account()
    #expect(account.endpoint.security == .implicit)
    #expect(account.endpoint.port == 993)
    #expect(!account.endpoint.skipsCertificateCheck)
    #expect(!account.allowsPlaintextPassword)
    #expect(account.mechanism == nil)
    #expect(account.onlyReads)
    #expect(!account.expungesAll)
    #expect(account.secret == .environment("DMARCSTAT_PASSWORD_A"))
  }

  @Test(arguments: [
    ("imap.example.com", "imap.example.com", 993), ("imap.example.com:10993", "imap.example.com", 10_993),
    ("192.0.2.1:143", "192.0.2.1", 143), ("2001:db8::1", "2001:db8::1", 993), ("[2001:db8::1]", "2001:db8::1", 993),
  ])
  func aServerMayHaveAPort(_ text: String, _ host: String, _ port: Int) throws {
    let account = try account(server: text)
    #expect(account.endpoint.host == host)
    #expect(account.endpoint.port == port)
  }

  @Test(arguments: [("starttls", 143), ("implicit", 993), ("none", 143)]) func thePortFollowsFromTheEncryption(
    _ tls: String, _ port: Int
  ) throws {
    #expect(try account("tls: \(tls)").endpoint.port == port)
    #expect(try account("port: 4711", "tls: \(tls)").endpoint.port == 4_711)
  }

  @Test(
    arguments: [
      ("password_file: /s", .file("/s")), ("password_command: pass", .command("pass")),
      ("password_env: P", .environment("P")), ("token_command: oauth", .tokenCommand("oauth")),
    ] as [(String, SecretSource)])
  func aSecretComesFromOnePlace(_ line: String, _ expected: SecretSource) throws {
    #expect(try account(line).secret == expected)
    let other = line.hasPrefix("password_env") ? "password_file: /s" : "password_env: X"
    #expect(throws: SettingsError.self) { try account(line, other) }
  }

  @Test(arguments: ["login", "plain"]) func aTokenIsNotSentAsAPassword(_ mechanism: String) {
    #expect(throws: SettingsError.self) { try account("token_command: c", "auth: \(mechanism)") }
  }

  @Test func theMechanismMayBeLeftToTheProgram() throws {
    #expect(try account("auth: auto").mechanism == nil)
    for mechanism in Credentials.Mechanism.allCases {
      #expect(try account("auth: \(mechanism.rawValue)").mechanism == mechanism)
    }
  }

  @Test(
    arguments: [
      ("keep", .keep), ("seen", .seen), ("delete", .delete), ("move:A b", .move("A b")), ("move::", .move(":")),
    ] as [(String, MessageAction)])
  func anActionIsWrittenAsItIsRead(_ text: String, _ action: MessageAction) throws {
    #expect(MessageAction(text) == action)
    #expect(action.description == text)
    #expect(try account("after: \"\(text)\"").after == action)
  }

  @Test(arguments: ["", "move", "move:", "Keep", "purge"]) func anythingElseIsNoAction(_ text: String) {
    #expect(MessageAction(text) == nil)
    #expect(throws: SettingsError.self) { try account("after: \"\(text)\"") }
  }

  /// Each mistake with its line, counted from the line of the list, and a part of the message.
  @Test(arguments: [
    (["  - name: a", "    server: h", "    user: u", "    pasword_file: x"], 5, "did you mean \"password_file\""),
    (["  - name: a", "    server: h", "    user: u", "    timeouts: {conect: 3}"], 5, "did you mean \"connect\""),
    (["  - name: a", "    server: h", "    user: u", "    timeouts: {idle: 1740}"], 5, "29"),
    (["  - name: a", "    server: h", "    user: u", "    timeouts: 30"], 5, ""),
    (["  - name: a", "    server: h:x", "    user: u"], 3, "port"),
    (["  - name: a", "    server: h:0", "    user: u"], 3, "port"),
    (["  - name: a", "    server: imaps://h", "    user: u"], 3, ""),
    (["  - name: a", "    server: h", "    user: u", "    port: 0"], 5, ""),
    (["  - name: a", "    server: h", "    user: u", "    retries: -1"], 5, ""),
    (["  - name: a", "    server: h", "    user: u", "    retries: 1.5"], 5, ""),
    (["  - name: a", "    server: h", "    user: u", "    expunge: some"], 5, "expunge"),
    (["  - name: a", "    server: h", "    user: u", "    other: delete"], 5, "other"),
    (["  - name: a", "    server: h", "    user: u", "    rejected: seen"], 5, "rejected"),
    (["  - name: a", "    server: h", "    user: u", "    auth: kerberos"], 5, "auth"),
    (["  - name: a", "    server: h", "    user: u", "    insecure_plaintext_password: maybe"], 5, ""),
    (["  - name: a", "    server: h", "    user: u", "    folders: []"], 2, "folder"),
    (["  - name: a", "    server: h", "    user: u", "    folders: {a: b}"], 5, ""),
    (["  - name: a", "    user: u"], 2, "server"), (["  - name: a", "    server: h"], 2, "user"),
    (["  - name: \"\"", "    server: h", "    user: u"], 2, "name"), (["  - just a word"], 2, ""),
    (["  - {name: a, server: h, user: u}", "  - {name: a, server: i, user: v}"], 0, "twice"),
  ])
  func aMistakeIsNamedWithItsLine(_ lines: [String], _ line: Int, _ part: String) {
    let error = #expect(throws: SettingsError.self) { try accounts(lines) }
    // The list as a whole is named by its first line, whatever that is.
    if line > 0 { #expect(error?.line == line) } else { #expect(error?.line != nil) }
    #expect(error?.problem.contains(part) == true || part.isEmpty, "\(error?.description ?? "")")
    #expect(error?.file == "/etc/d/config.yaml")
  }

  @Test func aNameOfAVariableHasLettersDigitsAndUnderscores() throws {
    let account = try #require(
      try accounts(["  - name: \"Größe-1 x\"", "    server: h", "    user: u"]).first)
    #expect(
      account.secret == .environment("DMARCSTAT_PASSWORD_GR__E_1_X")
        || account.secret == .environment("DMARCSTAT_PASSWORD_GR_SSE_1_X"))
  }

  // MARK: What the ledger knows an account by

  @Test func aNamedAccountMayMoveToAnotherPort() throws {
    let names = try [993, 1_993].map { try account("port: \($0)").ledgerName }
    #expect(Set(names).count == 1)
    #expect(names.first?.contains("u@imap.example.com") == true)
  }

  @Test func anAccountNamedByItsURLIsAnotherOneAtAnUnusualPort() throws {
    func name(_ url: String) throws -> String { try MailURL.account(url, []).ledgerName }
    let usual = try name("imaps://u@imap.example.com")
    #expect(try name("imap://u@IMAP.example.com") == usual)
    #expect(try name("imaps://u@imap.example.com:1993") != usual)
    #expect(try name("imaps://v@imap.example.com") != usual)
  }

  @Test func namesInTheLedgerAreEscaped() throws {
    var account = try account(server: "2001:DB8::1")
    account.user = "a b@c/\u{1b}"
    let name = account.ledgerName(of: "Übung;UIDVALIDITY=1", uidValidity: 7)
    #expect(name.hasSuffix(";UIDVALIDITY=7"))
    #expect(name.contains("[2001:db8::1]"))
    #expect(name.components(separatedBy: ";").count == 2)
    #expect(name.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 })
    #expect(name.contains("a%20b%40c"))
  }
}
