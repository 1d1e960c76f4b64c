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
}
