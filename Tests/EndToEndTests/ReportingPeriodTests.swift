import Foundation
import Testing

/// How reports cut their periods must not matter.
@Suite struct ReportingPeriodTests {
  private typealias Row = ForgedReports.Row

  /// A month's mail of a domain: its own server, an abuser, a forwarder that keeps the signature and one that breaks it.
  private static let own = Row(
    source: "192.0.2.10", count: 40, dkim: "pass", spf: "pass",
    results: ForgedReports.results(dkim: "pass", spf: "example.com", "pass"))
  private static let others = [
    Row(
      source: "203.0.113.66", count: 3, dkim: "fail", spf: "fail",
      results: "<spf><domain>example.com</domain><result>fail</result></spf>"),
    Row(
      source: "203.0.113.70", count: 5, dkim: "pass", spf: "fail",
      results: ForgedReports.results(dkim: "pass", spf: "example.com", "fail")),
    Row(
      source: "203.0.113.80", count: 2, dkim: "fail", spf: "fail",
      results: ForgedReports.results(dkim: "fail", spf: "example.com", "fail")),
  ]

  /// The number of days that are told.
  private static let days = 21
  /// The first of them, in epoch seconds.
  static let first = (Int(Date().timeIntervalSince1970) / 86_400 - 60) * 86_400

  static func report(_ reporter: String, begin: Int, length: Int, _ rows: [ForgedReports.Row]) -> String {
    let records = rows.map { row in
      """
      <record><row><source_ip>\(row.source)</source_ip><count>\(row.count)</count><policy_evaluated>\
      <disposition>none</disposition><dkim>\(row.dkim)</dkim><spf>\(row.spf)</spf></policy_evaluated></row>\
      <identifiers><header_from>example.com</header_from></identifiers><auth_results>\(row.results)</auth_results></record>
      """
    }
    return """
      <?xml version="1.0"?><feedback><report_metadata><org_name>\(reporter)</org_name><email>dmarc@receiver.example</email>\
      <report_id>\(reporter)-\(begin)-\(length)</report_id><date_range><begin>\(begin)</begin><end>\(begin + length - 1)</end>\
      </date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>\
      \(records.joined())</feedback>
      """
  }

  /// The verdict and all that goes with it, by source, if the foreign mail is told in reports of this length.
  private func verdicts(seconds length: Int, shift: Int = 0, overlapping: Bool = false) throws -> [String: [String]] {
    let program = try Program()
    for day in 0..<Self.days {
      let report = Self.report("google.com", begin: Self.first + day * 86_400, length: 86_400, [Self.own])
      _ = try program.write("in/own-\(day).xml", report)
    }
    let whole = Self.days * 86_400
    for (number, start) in stride(from: 0, to: whole, by: length).enumerated() {
      let rows = Self.others.map { row in
        var row = row
        row.count = row.count * (number + 1) * length / 86_400 - row.count * number * length / 86_400
        return row
      }
      let begin = Self.first + start + shift
      let parts =
        overlapping ? [(begin, rows.map { half($0, 0) }), (begin + 86_400, rows.map { half($0, 1) })] : [(begin, rows)]
      for (part, (begin, rows)) in parts.enumerated() {
        let report = Self.report("mail.example", begin: begin, length: length, rows.filter { $0.count > 0 })
        _ = try program.write("in/other-\(number)-\(part).xml", report)
      }
    }
    let ingested = try program.run("ingest", program.folder + "/in")
    #expect(ingested.status == 0, "\(ingested.errors)")
    let rows = try #require(try program.json("export") as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: rows.map { row in
        (
          row["source_ip"] as? String ?? "",
          ["messages", "verdict", "subtype", "confidence", "look_at_it"].map { "\(row[$0] ?? "")" }
        )
      })
  }

  private func half(_ row: ForgedReports.Row, _ part: Int) -> ForgedReports.Row {
    var row = row
    row.count = (row.count + part) / 2
    return row
  }

  @Test func verdictsDoNotDependOnHowPeriodsAreCut() throws {
    let daily = try verdicts(seconds: 86_400)
    #expect(daily["203.0.113.70"]?.dropFirst() == ["forwarded", "dkim-survived", "high", "0"])
    #expect(daily["203.0.113.66"]?.dropFirst() == ["unknown-unauthenticated", "nothing-passes", "medium", "1"])
    #expect(daily.count == 4)
    #expect(try verdicts(seconds: 21 * 86_400) == daily, "in one report")
    #expect(try verdicts(seconds: 7 * 86_400) == daily, "weekly")
    #expect(try verdicts(seconds: 21_600) == daily, "every six hours")
    #expect(try verdicts(seconds: 86_400, shift: -7_200) == daily, "from midnight in Berlin")
    #expect(try verdicts(seconds: 7 * 86_400, shift: 36_000) == daily, "weekly, from midnight in Honolulu")
    #expect(try verdicts(seconds: 7 * 86_400, overlapping: true) == daily, "weekly, overlapping")
  }

  /// A report over 23 days of which 12 are in October and 11 in November.
  private func programWithLongReport() throws -> Program {
    let program = try Program()
    var rows = [Self.own, Self.others[2]]
    (rows[0].count, rows[1].count) = (230, 46)
    _ = try program.write("in/long.xml", Self.report("mail.example", begin: 1_792_454_400, length: 23 * 86_400, rows))
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    return program
  }

  @Test func longReportIsSeenInBothMonths() throws {
    let program = try programWithLongReport()
    func summary(_ month: String) throws -> [String: Any] {
      try #require((try program.json("summary", "--month", month) as? [[String: Any]])?.first, "\(month)")
    }
    let (october, november) = (try summary("2026-10"), try summary("2026-11"))
    #expect(october["messages"] as? Int == 276 && october["estimated_messages"] as? Int == 144)
    #expect(november["messages"] as? Int == 0 && november["estimated_messages"] as? Int == 132)
    #expect(november["estimated_passed"] as? Int == 110 && november["reports"] as? Int == 0)
    #expect(november["first_day"] as? String == "2026-10-20" && november["last_day"] as? String == "2026-11-11")
    #expect(try (program.json("summary", "--month", "2026-12") as? [Any])?.isEmpty == true)
    let whole = try #require((try program.json("summary") as? [[String: Any]])?.first)
    #expect(whole["messages"] as? Int == 276 && whole["estimated_messages"] is NSNull)
    let table = try program.run("summary", "--month", "2026-11").output
    #expect(table.contains("~IN PERIOD") && table.contains("132"))
    #expect(try !program.run("summary").output.contains("~IN PERIOD"))
  }

  @Test func readinessCountsTheDaysThatReportsCover() throws {
    let program = try programWithLongReport()
    for (month, days) in [("2026-10", "12"), ("2026-11", "11")] {
      let result = try program.run("readiness", "example.com", "--month", month)
      #expect(result.output.contains("DAYS                          \(days)\n"), "\(result)")
      #expect(result.output.contains("LOST PER DAY                  2.0\n"), "\(result)")
      #expect(result.output.contains("so the numbers are estimates"), "\(result)")
    }
    let whole = try program.run("readiness", "example.com").output
    #expect(
      whole.contains("DAYS                          23\n") && whole.contains("MESSAGES PER DAY              12.0\n"))
  }

  @Test func impossiblePeriodsMoveNothing() throws {
    let program = try Program()
    for day in 0..<24 {
      let report = Self.report(
        "google.com", begin: Self.first + day * 86_400, length: 86_400, [Self.own, Self.others[0]])
      _ = try program.write("in/\(day).xml", report)
    }
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    func answers() throws -> [String] {
      try [
        ["readiness", "example.com"], ["summary", "--since", "120d", "--format", "csv"], ["export", "--format", "csv"],
      ].map { try program.run($0).output }
    }
    let before = try answers()
    var one = Self.own
    one.count = 1
    let year = Self.first + 425 * 86_400
    _ = try program.write("odd/future.xml", Self.report("clock.example", begin: year, length: 86_400, [one]))
    _ = try program.write("odd/epoch.xml", Self.report("epoch.example", begin: 0, length: 86_400, [one]))
    #expect(try program.run("ingest", program.folder + "/odd").output.contains("2 warnings"))
    let after = try answers()
    #expect(after[0] == before[0])
    #expect(after[1] == before[1])
    // Messages and reporters of the own server are counted.
    #expect(
      after[2]
        == before[2].replacing(",960,pass", with: ",962,pass").replacing(
          "pass example.com,none,1,", with: "pass example.com,none,3,")
    )
    let warnings = try program.run("show", "domain", "example.com").output
    #expect(warnings.contains("period-odd"), "\(warnings)")
    let unknown = try #require((try program.json("unknown-senders") as? [[String: Any]])?.first)
    let first = try #require(unknown["first_day"] as? String)
    #expect(!first.hasPrefix("1970"))

    let pruned = try program.run("db", "prune", "--before", "2001-01-01", "--dry-run").output
    #expect(pruned.contains("0 reports for days before 2001-01-01 would be removed."), "\(pruned)")
    #expect(pruned.contains("1 reports for impossible days"), "\(pruned)")
  }

  @Test func periodAfterTheMessageIsImpossible() throws {
    let program = try Program()
    let report = Self.report("late.example", begin: Self.first + 40 * 86_400, length: 86_400, [Self.own])
    let date = Date(timeIntervalSince1970: Double(Self.first))
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "EEE, d MMM yyyy HH:mm:ss Z"
    let mail = ForgedReports.mail(
      from: "dmarc@late.example", report, fields: "Date: \(format.string(from: date))\n")
    _ = try program.write("in/late.eml", mail)
    let ingested = try program.run("ingest", program.folder + "/in")
    #expect(ingested.status == 0, "\(ingested)")
    let warnings = try program.run("show", "report", "1").output
    #expect(warnings.contains("after the report arrived"), "\(warnings)")
  }
}
