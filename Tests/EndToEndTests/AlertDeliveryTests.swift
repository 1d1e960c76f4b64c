import Foundation
import Testing

/// Alerts on their way to the recipients of the configuration, by the built program.
@Suite struct AlertDeliveryTests {
  /// A configuration with these recipients, and 40 days of reports at whose end a key broke.
  private static func prepare(_ recipients: String, _ program: Program) throws -> (config: [String], reports: String) {
    let config = try program.write(
      "config.yaml",
      """
      known_senders:
        - {name: CRM, kind: service, addresses: [198.51.100.0/24]}
        - {name: Own, kind: own, addresses: [192.0.2.0/24]}
      alerts: {quiet_first_run: false}
      notify:
        recipients:
      \(recipients)
      """)
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    return (["--config", config], try reports.write(0..<40, to: "in", program))
  }

  private static func received(_ path: String) throws -> [[String: Any]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func ingestHandsAlertsToEachRecipientOnce() throws {
    let program = try Program()
    let (english, japanese) = (program.folder + "/en.json", program.folder + "/ja.json")
    let (config, reports) = try Self.prepare(
      """
          - {name: english, command: [/usr/bin/tee, -a, \(english)]}
          - {name: japanese, command: [/usr/bin/tee, -a, \(japanese)], lang: ja}
          - {name: other, command: [/bin/false], domains: [other.example]}
      """, program)
    for _ in 0..<2 {
      let result = try program.run(["ingest", "--quiet", reports] + config)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
      #expect(try program.run(["alert"] + config).errors.isEmpty)
    }
    let (first, second) = (try Self.received(english), try Self.received(japanese))
    #expect(first.map { $0["title"] as? String } == ["Mail of CRM for example.com fails DMARC"])
    #expect(second.count == 1 && (second[0]["title"] as? String)?.hasPrefix("example.com") == true)
    #expect(first[0]["identifier"] as? String == second[0]["identifier"] as? String)
    #expect(try program.run(["outbox"] + config).output == "Nothing waits.\n")
  }

  /// What cannot be delivered waits, and arrives with a later run, although nothing is new then.
  @Test func whatCouldNotBeDeliveredIsDeliveredLater() throws {
    let program = try Program()
    let (path, script) = (program.folder + "/received.json", program.folder + "/receive")
    let (config, reports) = try Self.prepare("    - {command: [/bin/sh, \(script)]}", program)
    let first = try program.run(["ingest", "--quiet", reports] + config)
    #expect(first.status == 0 && first.errors.isEmpty, "\(first)")
    let waiting = try program.run(["outbox"] + config).output
    #expect(waiting.contains("Mail of CRM for example.com fails DMARC") && waiting.contains("waiting"), "\(waiting)")
    _ = try program.write("receive", "exec /usr/bin/tee -a \(path)\n")
    #expect(try program.run(["outbox", "send"] + config).status == 0)
    #expect(try Self.received(path).count == 1)
    #expect(try program.run(["ingest", "--quiet", reports] + config).errors.isEmpty)
    #expect(try Self.received(path).count == 1)
  }

  @Test func recipientsHearNothingOfTheDomainsOfOthers() throws {
    let program = try Program()
    let path = program.folder + "/received.json"
    let (config, reports) = try Self.prepare(
      "    - {command: [/usr/bin/tee, -a, \(path)], domains: [example.com]}", program)
    #expect(try program.run(["ingest", "--quiet", reports] + config).status == 0)
    #expect(try Self.received(path).map { $0["domains"] as? [String] } == [["example.com"]])
  }

  @Test func testGoesToEveryRecipient() throws {
    let program = try Program()
    let path = program.folder + "/received.json"
    let (config, _) = try Self.prepare(
      """
          - {name: works, command: [/usr/bin/tee, \(path)]}
          - {name: broken, command: [/bin/false]}
      """, program)
    let result = try program.run(["alert", "--test"] + config)
    #expect(result.status == 1, "\(result)")
    #expect(result.output.contains(/works +command +sent/) && result.output.contains(/broken +command +failed/))
    #expect(try Self.received(path).map { $0["phase"] as? String } == ["test"])
    #expect(try program.run("alert", "--test").status == 2)
    #expect(try program.run(["alert", "--test", "--dry-run"] + config).status == 2)
  }
}
