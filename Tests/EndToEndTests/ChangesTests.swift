import Foundation
import Testing

/// `changes` by the built program, on generated reports of a year whose events are known.
@Suite struct ChangesTests {
  /// A record of a report.
  private struct Row {
    var address: String
    var messages: Int
    var key: (selector: String, passes: Bool)?
    var spf = false
    var service: String?

    var xml: String {
      let dkimPasses = key?.passes ?? false
      let ownKey = key.map {
        "<dkim><domain>example.com</domain><selector>\($0.selector)</selector><result>\($0.passes ? "pass" : "fail")</result></dkim>"
      }
      let serviceKey = service.map { "<dkim><domain>\($0)</domain><selector>m1</selector><result>pass</result></dkim>" }
      let envelope = service.map { "bounce.\($0)" } ?? "example.com"
      return """
        <record><row><source_ip>\(address)</source_ip><count>\(messages)</count><policy_evaluated>
        <disposition>none</disposition><dkim>\(dkimPasses ? "pass" : "fail")</dkim><spf>\(spf ? "pass" : "fail")</spf>
        </policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers><auth_results>
        \(ownKey ?? "")\(serviceKey ?? "")<spf><domain>\(envelope)</domain>
        <result>\(spf || service != nil ? "pass" : "fail")</result></spf></auth_results></record>
        """
    }
  }

  /// Days since 2025-01-01.
  private static func day(_ month: Int, _ day: Int) -> Int {
    [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1] + day - 1
  }

  private static func report(_ reporter: String, _ day: Int, policy: String, _ rows: [Row]) -> String {
    let begin = 1_735_689_600 + day * 86_400
    return """
      <feedback><report_metadata><org_name>\(reporter)</org_name><email>dmarc@\(reporter)</email>
      <report_id>\(reporter).\(day)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range>
      </report_metadata><policy_published><domain>example.com</domain><p>\(policy)</p></policy_published>
      \(rows.map(\.xml).joined())</feedback>
      """
  }

  private static let reporters = ["one.example", "two.example", "three.example", "four.example"]

  private static func rows(_ day: Int, _ reporter: Int) -> [Row] {
    let size = [8, 4, 3, 2][reporter]
    // A rhythm of the week, and some chance without a generator.
    let calm = day % 7 < 2 ? 1 : 4
    let chance = (day * 7 + reporter * 3) % 5
    var rows = [
      Row(address: "192.0.2.10", messages: size * calm * 3 + chance, key: ("s1", true), spf: true),
      Row(address: "192.0.2.11", messages: size * calm + chance + 1, key: ("s1", true), spf: true),
    ]
    let isBroken = (self.day(3, 12)..<self.day(4, 20)).contains(day)
    rows.append(Row(address: "198.51.100.20", messages: size * 4 + chance, key: ("crm", !isBroken)))
    if day >= self.day(6, 10) {
      rows.append(Row(address: "198.51.100.\(60 + day % 40)", messages: size + chance, service: "mailer.example"))
    }
    if (self.day(7, 7)...self.day(7, 11)).contains(day) {
      for host in 0..<40 { rows.append(Row(address: "203.0.\(host * 3 + reporter).\(day % 200)", messages: size)) }
    }
    // Somebody forwards a message now and then.
    if day % 23 == reporter { rows.append(Row(address: "203.0.113.\(day % 250)", messages: 1, key: ("s1", true))) }
    return rows
  }

  private static func year(_ program: Program, days: Range<Int>, late: Set<Int> = []) throws {
    for day in days {
      for (index, reporter) in reporters.enumerated() where !(index == 2 && day >= Self.day(10, 6)) {
        let policy = day >= self.day(9, 3) + index ? "quarantine" : "none"
        let folder = late.contains(day) ? "late" : "in"
        _ = try program.write(
          "\(folder)/\(reporter)-\(day).xml", report(reporter, day, policy: policy, rows(day, index)))
      }
    }
  }

  private static func configured(_ program: Program) throws -> [String] {
    let config = try program.write(
      "c.yaml",
      """
      known_senders:
        - {name: Office, kind: own, addresses: [192.0.2.0/28]}
        - {name: CRM, kind: service, addresses: [198.51.100.20]}

      """)
    return ["--config", config]
  }

  private static func changes(_ program: Program, _ arguments: [String]) throws -> [String] {
    let result = try program.run(["changes", "--format", "json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    return rows.map { row in
      let causes = (row["causes"] as? [[String: Any]] ?? []).compactMap { $0["cause"] as? String }
      return "\(row["change"] ?? "") \(row["subject"] ?? "") \(row["since"] ?? "") \(causes.joined(separator: " "))"
    }.sorted()
  }

  @Test func eachEventOfAYearIsNamedOnce() throws {
    let program = try Program()
    let config = try Self.configured(program)
    try Self.year(program, days: 0..<365)
    #expect(try program.run(["ingest", "--quiet", program.folder + "/in"] + config).status == 0)
    var all: [String] = []
    for month in 2...12 {
      let name = month < 10 ? "2025-0\(month)" : "2025-\(month)"
      all += try Self.changes(program, ["--month", name] + config)
    }
    #expect(
      all == [
        "pass-rate-fell example.com 2025-03-12 sender key-stopped",
        "pass-rate-rose example.com 2025-04-20 sender key-verifies",
        "sender-new mailer.example 2025-06-10 ",
        "spoofing-began example.com 2025-07-07 ",
        "spoofing-ended example.com 2025-07-12 ",
        "dmarc-record example.com 2025-09-03 ",
        "reporter-silent three.example 2025-10-06 ",
      ])
    // Nobody is told anything about the time before the first report.
    let first = try program.run(["changes", "--month", "2025-01"] + config)
    #expect(first.status == 0 && first.output.contains("so nothing can be compared"), "\(first.output)")
    #expect(try Self.changes(program, ["--month", "2025-01"] + config) == [])
    // Japanese, a pattern, and a limit.
    let arguments = ["changes", "example.*", "--month", "2025-03", "--lang", "ja", "--limit", "1"] + config
    let japanese = try program.run(arguments)
    #expect(japanese.output.contains("example.com のセレクタ crm の署名が検証できません (2025-03-12 から)。"), "\(japanese.output)")
    let none = try program.run(["changes", "--month", "2025-02"] + config)
    #expect(none.output.hasPrefix("Nothing changed beyond chance: "), "\(none.output)")
    let distant = try Self.changes(program, ["--month", "2025-12", "--against", "2025-02"] + config)
    #expect(distant.contains { $0.hasPrefix("reporter-silent three.example") }, "\(distant)")
    #expect(distant.contains { $0.hasPrefix("sender-new mailer.example") }, "\(distant)")
    let wrong = try program.run(["changes", "--against", "yesteryear"])
    #expect(
      wrong.status == 2 && wrong.errors.contains("--against \"yesteryear\" is not a valid period"), "\(wrong.errors)")
  }

  /// Reports that arrive late, and reports that arrive twice, alarm nobody again.
  @Test func lateReportsAndCopiesChangeNoAnswer() throws {
    let program = try Program()
    let config = try Self.configured(program)
    try Self.year(program, days: 0..<150, late: Set(stride(from: 61, to: 110, by: 3)))
    #expect(try program.run(["ingest", "--quiet", program.folder + "/in"] + config).status == 0)
    let march = try Self.changes(program, ["--month", "2025-03"] + config)
    // Of 12 March, no report has arrived yet.
    #expect(march == ["pass-rate-fell example.com 2025-03-13 sender key-stopped"])
    #expect(try program.run(["ingest", "--quiet", program.folder + "/late"] + config).status == 0)
    _ = try program.run(["ingest", "--quiet", "--retry", program.folder + "/in"] + config)
    let event = "pass-rate-fell example.com 2025-03-12 sender key-stopped"
    #expect(try Self.changes(program, ["--month", "2025-03"] + config) == [event])
    #expect(
      try Self.changes(program, ["--month", "2025-04"] + config)
        == ["pass-rate-rose example.com 2025-04-20 sender key-verifies"])
  }
}
