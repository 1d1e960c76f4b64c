import Foundation
import Testing

/// The monthly review as CSV: what must be decided, campaigns, and what is different from the month before.
@Suite struct ReviewExportTests {
  private struct Source {
    var address: String
    var messages = 100
    var passes = false
  }

  private let september = 1_788_220_800
  private let october = 1_790_812_800

  /// Writes a report about one day.
  private func write(_ program: Program, _ domain: String, _ month: Int, day: Int, _ sources: [Source]) throws {
    let begin = month + (day - 1) * 86_400
    let records = sources.map { source in
      let result = source.passes ? "pass" : "fail"
      let spf = source.passes ? domain : "elsewhere.example"
      return """
        <record><row><source_ip>\(source.address)</source_ip><count>\(source.messages)</count><policy_evaluated>
        <disposition>none</disposition><dkim>\(result)</dkim><spf>\(result)</spf></policy_evaluated></row>
        <identifiers><header_from>\(domain)</header_from></identifiers><auth_results>
        <dkim><domain>\(domain)</domain><selector>s1</selector><result>\(result)</result></dkim>
        <spf><domain>\(spf)</domain><result>\(source.passes ? "pass" : "softfail")</result></spf></auth_results></record>
        """
    }
    let report = """
      <feedback><report_metadata><org_name>r.example</org_name><email>a@r.example</email>
      <report_id>\(domain)-\(begin)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range>
      </report_metadata><policy_published><domain>\(domain)</domain><p>none</p></policy_published>
      \(records.joined())</feedback>
      """
    _ = try program.write("in/\(domain)-\(begin).xml", report)
  }

  /// A server that breaks in October, a new source and a campaign; and a domain without reports before October.
  private func store() throws -> Program {
    let program = try Program()
    for day in [1, 2, 8, 15, 22, 29] {
      let servers = [Source(address: "192.0.2.1", passes: true), Source(address: "192.0.2.2", passes: true)]
      try write(program, "a.example", september, day: day, servers)
      try write(
        program, "a.example", october, day: day,
        [
          Source(address: "192.0.2.1"), Source(address: "192.0.2.2", passes: true),
          Source(address: "192.0.2.3", passes: true), Source(address: "203.0.113.9", passes: true),
        ])
      try write(program, "b.example", october, day: day, [Source(address: "192.0.2.1", messages: 7, passes: true)])
    }
    try write(
      program, "a.example", october, day: 11,
      (1...12).map { Source(address: "198.51.\(100 + $0).77", messages: 10 + $0) })
    let result = try program.run("ingest", "--quiet", program.folder + "/in")
    #expect(result.status == 0, "\(result.errors)")
    return program
  }

  private func rows(_ program: Program, _ arguments: String...) throws -> [[String: String]] {
    let result = try program.run(["export", "--month", "2026-10"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    let rows = try CSV.rows(result.output)
    let heading = try #require(rows.first)
    return rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(heading, $0)) }
  }

  @Test func campaignsAreOneLineUnlessUnfolded() throws {
    let program = try store()
    let folded = try rows(program)
    let campaign = try #require(folded.first { $0["addresses"] == "12" })
    #expect(campaign["source_ip"] == "campaign of 12 networks" && campaign["messages"] == "198")
    #expect(campaign["decision"] == "1" && campaign["change"] == "new" && campaign["messages_before"] == "0")
    #expect(campaign["advice"]?.contains("suggests spoofing of a.example") == true, "\(campaign)")
    let unfolded = try rows(program, "--unfold")
    #expect(unfolded.count == folded.count + 11)
    #expect(unfolded.allSatisfy { $0["addresses"] == "1" })
    func total(_ rows: [[String: String]]) -> Int { rows.compactMap { $0["messages"].flatMap(Int.init) }.reduce(0, +) }
    #expect(total(folded) == total(unfolded) && total(folded) == 6 * 407 + 198)
  }

  @Test func decisionsComeFirst() throws {
    let program = try store()
    let decisions = try rows(program).map { $0["decision"] }
    let first = try #require(decisions.firstIndex(of: "0"))
    #expect(first > 0 && decisions[..<first].allSatisfy { $0 == "1" } && decisions[first...].allSatisfy { $0 == "0" })
  }

  @Test func linesAreComparedWithTheMonthBefore() throws {
    let program = try store()
    let all = try rows(program)
    func line(_ address: String, _ domain: String = "a.example") throws -> [String: String] {
      try #require(all.first { $0["source_ip"] == address && $0["policy_domain"] == domain })
    }
    #expect(try line("192.0.2.1")["change"] == "was aligned" && line("192.0.2.1")["messages_before"] == "0")
    #expect(try line("192.0.2.2")["change"] == "" && line("192.0.2.2")["messages_before"] == "600")
    // Another host of a known network is not new.
    #expect(try line("192.0.2.3")["change"] == "" && line("192.0.2.3")["messages_before"] == "0")
    #expect(try line("203.0.113.9")["change"] == "new")
    // Nothing is known about September, so nothing is compared.
    #expect(
      try line("192.0.2.1", "b.example")["change"] == "" && line("192.0.2.1", "b.example")["messages_before"] == "")
  }

  @Test func partOfAMonthBeforeIsNoComparison() throws {
    let program = try Program()
    try write(program, "a.example", september, day: 29, [Source(address: "192.0.2.1", passes: true)])
    try write(program, "a.example", october, day: 5, [Source(address: "203.0.113.9", passes: true)])
    #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 0)
    let line = try #require(try rows(program).first)
    #expect(line["source_ip"] == "203.0.113.9" && line["change"] == "" && line["messages_before"] == "")
  }

  @Test func columnsCanBeChosen() throws {
    let program = try store()
    let all = try rows(program)
    let some = try rows(program, "--columns", "messages,change,source_ip")
    #expect(some.count == all.count && some.allSatisfy { $0.count == 3 })
    #expect(zip(some, all).allSatisfy { $0["change"] == $1["change"] && $0["source_ip"] == $1["source_ip"] })
    let records = try program.run("export", "--rows", "--columns", "messages", "--format", "ndjson")
    #expect(records.output.hasPrefix("{\"messages\":"), "\(records.output.prefix(60))")
    for (names, problem) in [
      ("mesages", "there is no column mesages: did you mean messages?"), ("messages,messages", "messages occurs twice"),
      ("xyz", "the columns are policy_domain, source_ip, "),
    ] {
      let result = try program.run("export", "--columns", names)
      #expect(result.status == 2 && result.output.isEmpty && result.errors.contains(problem), "\(result)")
    }
  }

  @Test func acknowledgedSourcesAreDecided() throws {
    let program = try store()
    let open = try #require(
      try rows(program).first { $0["source_ip"] == "192.0.2.1" && $0["policy_domain"] == "a.example" })
    #expect(open["decision"] == "1")
    #expect(try program.run("ack", "add", "192.0.2.1").status == 0)
    let acknowledged = try #require(
      try rows(program).first { $0["source_ip"] == "192.0.2.1" && $0["policy_domain"] == "a.example" })
    #expect(acknowledged["decision"] == "0")
  }
}
