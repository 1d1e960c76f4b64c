import Foundation
import Testing

/// `doctor`, on a machine with Dovecot and NSD where one thing at a time is wrong.
@Suite struct DoctorTests {
  @Test(arguments: ["faults", "authorisation", "all_broken"])
  func faults(check: String) async throws { try await PythonChecks.run("doctor.\(check)") }

  @Test func wrongUsage() throws {
    let program = try Program()
    #expect(try program.run("doctor", "--max-time", "0").status == 2)
    #expect(try program.run("doctor", "--lang", "xx").status == 2)
  }

  /// Those of recipients and of the mail server, as those of accounts.
  @Test func secretsOfNotifyAreChecked() throws {
    let program = try Program()
    let config = try program.write(
      "config.yaml",
      """
      notify:
        mail: {from: d@example.com, server: smtp.example.com, user: d, password_file: open}
        recipients:
          - {name: chat, slack: {url_file: missing}}
          - {name: hook, webhook: {url_env: HOOK, token_file: token}}
      """)
    for (name, mode) in [("open", 0o644), ("token", 0o600)] as [(String, mode_t)] {
      #expect(chmod(try program.write(name, "SECRET\n"), mode) == 0)
    }
    let result = try program.run(
      "doctor", "--local", "--config", config, "--format", "json", environment: ["HOOK": "https://x.example/SECRET"])
    let findings = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    let bad = findings.filter { $0["code"] as? String == "notify-secret-unusable" }
    #expect(bad.map { $0["subject"] as? String } == ["mail", "chat"], "\(result)")
    #expect((bad.first?["cause"] as? String)?.contains("password_file") == true)
    #expect(
      findings.contains {
        $0["code"] as? String == "secret-ok" && ($0["subject"] as? String)?.hasSuffix("/token") == true
      }, "\(result)")
    #expect(result.status == 1 && !result.output.contains("SECRET"))
  }

  /// It never creates anything, not even a folder for the database.
  @Test func nothingIsCreated() throws {
    let program = try Program()
    let result = try program.run("doctor", "--local", "-b", program.folder + "/data/reports.sqlite")
    #expect(result.status == 0 && result.output.contains(/does\s+not\s+exist\s+yet/), "\(result)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder).isEmpty)
  }
}
