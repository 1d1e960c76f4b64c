import Foundation
import Testing

/// Messages on a real Dovecot server.
@Suite struct IMAPTests {
  @Test(arguments: [
    "logins", "login_without_initial_response", "encryption", "plaintext_passwords", "urls", "accounts_command",
  ])
  func connectionAndLogin(check: String) async throws { try await PythonChecks.run("checks.\(check)") }

  @Test(arguments: [
    "actions", "actions_without_extensions", "actions_with_uidplus", "expunging_all", "namespaces", "read_only",
    "renumbered", "several_accounts", "another_port", "retrying_rejected", "conflicts", "dry_run", "two_at_once",
    "odd_mails", "uncompressed",
  ])
  func messageCleanup(check: String) async throws { try await PythonChecks.run("checks.\(check)") }

  @Test(arguments: ["five_thousand", "large_mails"])
  func manyAndLargeMessages(check: String) async throws { try await PythonChecks.run("checks.\(check)") }

  @Test(arguments: ["watching", "watching_without_idle", "watching_ended_anywhere"])
  func serviceOperation(check: String) async throws { try await PythonChecks.run("checks.\(check)") }

  @Test(.enabled(if: ParseTests.corpus != nil, "DMARCSTAT_CORPUS names no folder of published reports"))
  func publishedReportsFromAServerEqualThoseFromFiles() async throws { try await PythonChecks.run("checks.published") }

  /// The time of day jumps; see `imap/clock_changes.py`.
  @Test func clockChangesAreHarmless() async throws {
    try await PythonChecks.run("clock_changes.polling", mostlyWaits: true)
  }

  @Test(.enabled(if: Program.isLong, "only with scripts/test --long"), arguments: ["long_polling", "idle_and_files"])
  func moreClockChangesAreHarmless(check: String) async throws {
    try await PythonChecks.run("clock_changes.\(check)", mostlyWaits: true)
  }
}

/// Connections are cut and programs killed at any point: nothing is lost or duplicated.
@Suite struct IMAPFailureTests {
  @Test(arguments: [
    "every_boundary", "every_boundary_without_extensions", "every_boundary_with_uidplus", "random_cuts_1",
    "random_cuts_2", "retries", "server_restarts",
  ])
  func nothingIsLostOrDuplicated(check: String) async throws { try await PythonChecks.run("checks.\(check)") }
}

/// Scripted servers: large providers, hostile ones and faulty ones. They do not need Dovecot.
@Suite struct IMAPBadDayTests {
  @Test(arguments: [
    "not_given", "short_contents", "notices", "given_after_all", "searches", "silent_about_the_number", "long_search",
    "echoes", "configurations", "flawed_contents", "other_contents", "unreadable_header", "passwords_in_sources",
    "password_files", "certificates",
  ])
  func scripted(check: String) async throws { try await PythonChecks.run("bad_days.\(check)") }

  @Test(arguments: ["bad_days.haste", "bad_days.wishes", "bad_days.password_commands", "checks.hostile"])
  func slowServers(check: String) async throws { try await PythonChecks.run(check, mostlyWaits: true) }

  @Test func largeProviders() async throws { try await PythonChecks.run("checks.peculiar") }

  /// The program must not load libraries from its own folder.
  @Test(arguments: ["build-program", "quickstart", "bench", "bench-imap"])
  func releasesHaveNoRunPath(script: String) throws {
    let text = try String(contentsOfFile: Program.root + "/scripts/" + script, encoding: .utf8)
    let builds = text.split(separator: "\n").filter { $0.contains("swift build -c release") }
    #expect(!builds.isEmpty && builds.allSatisfy { $0.contains("--disable-local-rpath") })
  }
}
