import Foundation
import Testing

/// Mail on servers: each check of `imap/checks.py` starts a Dovecot of its own on loopback, or plays a server with bad intentions.
@Suite(.serialized) struct IMAPTests {
  static let connecting = ["logins", "login_without_initial_response", "encryption", "plaintext_passwords", "urls", "accounts_command"]
  static let clearing = [
    "actions", "actions_without_extensions", "actions_with_uidplus", "expunging_all", "namespaces", "read_only", "renumbered",
    "several_accounts", "retrying_rejected", "dry_run", "two_at_once",
  ]
  static let volume = ["five_thousand", "large_mails"]
  static let failing = [
    "every_boundary", "every_boundary_without_extensions", "every_boundary_with_uidplus", "random_cuts_1", "random_cuts_2", "retries",
    "server_restarts",
  ]
  static let serving = ["watching", "watching_without_idle"]

  private func run(_ check: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [Program.root + "/Tests/EndToEndTests/imap/checks.py", Program.binary, check]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output)\(result.errors.suffix(2_000))")
  }

  @Test(arguments: connecting) func gettingIn(check: String) throws { try run(check) }
  @Test(arguments: clearing) func whatBecomesOfMails(check: String) throws { try run(check) }
  @Test(arguments: volume) func manyAndLarge(check: String) throws { try run(check) }
  @Test(arguments: failing) func nothingIsLostOrDoubled(check: String) throws { try run(check) }
  @Test(arguments: serving) func aService(check: String) throws { try run(check) }
  @Test func hostileServersCostLittle() throws { try run("hostile") }
}
