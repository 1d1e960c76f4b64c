import Foundation
import Testing

/// Mail on servers: each check of `imap/checks.py` starts a Dovecot of its own on loopback, or plays a server with bad intentions.
enum IMAPCheck {
  static func run(_ check: String, of script: String = "checks.py") throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [Program.root + "/Tests/EndToEndTests/imap/\(script)", Program.binary, check]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output)\(result.errors.suffix(2_000))")
  }
}

@Suite(.serialized) struct IMAPTests {
  @Test(arguments: [
    "logins", "login_without_initial_response", "encryption", "plaintext_passwords", "urls", "accounts_command",
  ])
  func gettingIn(check: String) throws { try IMAPCheck.run(check) }

  @Test(arguments: [
    "actions", "actions_without_extensions", "actions_with_uidplus", "expunging_all", "namespaces", "read_only",
    "renumbered",
    "several_accounts", "another_port", "retrying_rejected", "conflicts", "dry_run", "two_at_once", "odd_mails",
  ])
  func whatBecomesOfMails(check: String) throws { try IMAPCheck.run(check) }

  @Test(arguments: ["five_thousand", "large_mails"])
  func manyAndLarge(check: String) throws { try IMAPCheck.run(check) }

  @Test(arguments: ["watching", "watching_without_idle", "watching_ended_anywhere"])
  func aService(check: String) throws { try IMAPCheck.run(check) }

  @Test(.enabled(if: ParseTests.corpus != nil, "DMARCSTAT_CORPUS names no folder of published reports"))
  func publishedReports() throws { try IMAPCheck.run("published") }

  /// The time of day jumps; see `imap/clock_changes.py`.
  @Test func clockChangesHarmNothing() throws { try IMAPCheck.run("polling", of: "clock_changes.py") }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["DMARCSTAT_LONG"] == "1", "only with scripts/test --long"),
    arguments: ["long_polling", "idle_and_files"])
  func moreClockChangesHarmNothing(check: String) throws { try IMAPCheck.run(check, of: "clock_changes.py") }

  @Test func waysOfLargeProviders() throws { try IMAPCheck.run("peculiar") }

  @Test func hostileServersCostLittle() throws { try IMAPCheck.run("hostile") }
}

/// Scripted servers on bad days; none of them needs Dovecot.
@Suite struct IMAPBadDayTests {
  @Test(arguments: [
    "not_given", "short_contents", "notices", "given_after_all", "searches", "silent_about_the_number", "long_search",
    "haste", "wishes", "echoes",
    "configurations", "flawed_contents", "other_contents", "unreadable_header", "passwords_in_sources",
    "password_files", "password_commands", "certificates",
  ])
  func scripted(check: String) throws { try IMAPCheck.run(check, of: "bad_days.py") }

  /// Libraries in the folder of the program must not be loaded into it.
  @Test(arguments: ["install", "quickstart", "bench", "bench-imap"])
  func releasesHaveNoRunPath(script: String) throws {
    let text = try String(contentsOfFile: Program.root + "/scripts/" + script, encoding: .utf8)
    let builds = text.split(separator: "\n").filter { $0.contains("swift build -c release") }
    #expect(!builds.isEmpty && builds.allSatisfy { $0.contains("--disable-local-rpath") })
  }
}

/// Connections that die anywhere, programs that are killed anywhere: nothing is lost, and nothing is there twice.
@Suite(.serialized) struct IMAPFailureTests {
  @Test(arguments: [
    "every_boundary", "every_boundary_without_extensions", "every_boundary_with_uidplus", "random_cuts_1",
    "random_cuts_2", "retries",
    "server_restarts",
  ])
  func nothingIsLostOrDoubled(check: String) throws { try IMAPCheck.run(check) }
}
