import Foundation
import Testing

/// The configuration of accounts, without connections.
@Suite struct AccountConfigurationTests {
  private func list(_ account: String, _ format: String = "csv") throws -> Program.Result {
    let program = try Program()
    let config = try program.write("config.yaml", "accounts:\n  - \(account.replacing("\n", with: "\n    "))\n")
    return try program.run("accounts", "list", "--config", config, "--format", format)
  }

  @Test(arguments: [
    ("name: a\nserver: imap.example.com\nuser: u", "a,imap.example.com:993,implicit,u,INBOX,keep,keep,keep"),
    (
      "name: a\nserver: imap.example.com\ntls: starttls\nuser: u\nafter: seen",
      "a,imap.example.com:143,starttls,u,INBOX,seen,keep,keep"
    ),
    (
      "name: a\nserver: imap.example.com:1993\nuser: u\nafter: move:A/Ä\nother: move:B\nfolders: [C, D]",
      "a,imap.example.com:1993,implicit,u,\"C; D\",move:A/Ä,keep,move:B"
    ),
    ("name: a\nserver: '[2001:db8::1]'\nport: 10993\nuser: u", "a,2001:db8::1:10993,implicit,u,INBOX,keep,keep,keep"),
  ])
  func accountsAreListed(account: String, line: String) throws {
    let result = try list(account)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains(line), "\(result.output)")
  }

  @Test(arguments: [
    ("name: a\nserver: s\nusr: u", "unknown key \"usr\"; did you mean \"user\"?"),
    ("name: a\nserver: s", "\"a\" needs a user"), ("server: s\nuser: u", "an account needs a name"),
    ("name: a\nuser: u", "\"a\" needs a server"),
    ("name: a\nserver: s\nuser: u\ntls: ssl", "`tls` must be one of implicit, starttls, none (line 5)"),
    ("name: a\nserver: s:99999\nuser: u", "the port in `server` is not valid"),
    ("name: a\nserver: s\nuser: u\nafter: shred", "keep, seen, delete or move:FOLDER (line 5)"),
    ("name: a\nserver: s\nuser: u\nother: delete", "`other` must be keep or move:FOLDER"),
    ("name: a\nserver: s\nuser: u\nexpunge: everything", "`expunge` must be single or all"),
    ("name: a\nserver: s\nuser: u\npassword_file: p\ntoken_command: t", "more than one secret"),
    (
      "name: a\nserver: s\nuser: u\ntoken_command: t\nauth: plain",
      "`token_command` requires `auth: xoauth2` or `auth: oauthbearer`"
    ),
    ("name: a\nserver: s\nuser: u\nauth: cram-md5", "`auth` must be one of auto, login, plain, xoauth2, oauthbearer"),
    ("name: a\nserver: s\nuser: u\ntimeouts: {idle: 1800}", "29 minutes"),
    ("name: a\nserver: s\nuser: u\npassword: secret", "unknown key \"password\""),
  ])
  func errorsNameTheirLine(account: String, message: String) throws {
    let result = try list(account)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!result.errors.contains("secret\n"))
  }

  @Test func accountNamesAreUnique() throws {
    let program = try Program()
    let account = "  - {name: a, server: s, user: u}\n"
    let config = try program.write("config.yaml", "accounts:\n\(account)\(account)")
    let result = try program.run("accounts", "list", "--config", config)
    #expect(result.status == 2)
    #expect(result.errors.contains("\"a\" is declared twice in accounts"))
  }

  @Test(arguments: [
    ["imaps://imap.example.com/INBOX"], ["imaps://u@/INBOX"], ["imaps://u@h:0/INBOX"], ["imaps://u:secret@h/INBOX"],
    ["--watch", "--dry-run", "drop"], ["--watch", "-"], ["--account", "nobody"], ["--after", "shred", "drop"],
    ["--after", "seen", "drop"],
    ["--after", "move:x", "drop", "imaps://u@h/INBOX"], ["--other", "delete", "imaps://u@h/INBOX"],
    ["--password-file", "a", "--password-command", "b", "imaps://u@h/INBOX"], [],
  ])
  func wrongUsageIsRefusedBeforeAnythingIsTouched(arguments: [String]) throws {
    let program = try Program()
    let result = try program.run(["ingest"] + arguments)
    #expect(result.status == 2, "\(result.errors)")
    #expect(!result.errors.contains("secret"))
    #expect(!FileManager.default.fileExists(atPath: program.database))
  }
}
