import Foundation
import Testing

/// Questions about some of many domains: patterns, lists, order, and what got worse.
@Suite struct ManyDomainsTests {
  private func sample() throws -> Program {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    return program
  }

  private func domains(_ program: Program, _ arguments: String...) throws -> [String] {
    let result = try program.run(["summary", "--format", "json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    return try #require(rows).compactMap { $0["policy_domain"] as? String }
  }

  @Test func patternsAndListsSelectPolicyDomains() throws {
    let program = try sample()
    #expect(try domains(program, "--domain", "ex*.org") == ["example.org"])
    #expect(try domains(program, "-d", "ex*.com", "-d", "example.org") == ["example.com", "example.org"])
    #expect(try domains(program, "--domain", "example.???") == ["example.com", "example.org"])
    let list = try program.write("customers.txt", "# ours\nexample.org # shop\nneu.example\n")
    let result = try program.run("summary", "--domains-from", list, "--format", "csv")
    #expect(result.status == 0 && result.output.contains("example.org") && !result.output.contains("example.com"))
    #expect(result.errors.contains("customers.txt: no report is about neu.example"), "\(result.errors)")
    #expect(result.errors.contains("(line 3)"), "\(result.errors)")
    let process = program.process(["summary", "--domains-from", "-", "--format", "csv"])
    #expect(try Program.finish(process, input: list).output == result.output)
  }

  @Test(arguments: [
    ["summary"], ["changes"], ["top-failures"], ["unknown-senders"], ["forwarding"], ["export"],
    ["explain", "203.0.113.40"],
    ["show", "domain", "example.org"], ["show", "ip", "203.0.113.40"], ["reports"], ["senders", "suggest"],
  ])
  func everyQuestionTakesPatterns(_ command: [String]) throws {
    let program = try sample()
    #expect(try program.run(command + ["--domain", "ex*.*"]).status == 0)
    let wrong = try program.run(command + ["--domain", "ex*.ogr"])
    #expect(wrong.status == 1 && wrong.errors.contains("matches ex*.ogr: similar: example.org"), "\(wrong.errors)")
    let invalid = try program.run(command + ["--domain", "ex*.[o]rg"])
    #expect(invalid.status == 2 && invalid.errors.contains("is not a valid pattern"), "\(invalid.errors)")
  }

  /// Without a limit, lines for programs are printed as they are read.
  @Test(arguments: ["csv", "json", "ndjson"]) func allFailuresAreThoseOfALargeLimit(format: String) throws {
    let program = try sample()
    for grouping in ["source", "header-from", "reporter", "network", "verdict"] {
      let question = ["top-failures", "--by", grouping, "--format", format, "--limit"]
      let all = try program.run(question + ["0"])
      #expect(all.status == 0 && all.output.contains("example."), "\(all)")
      #expect(try program.run(question + ["100000"]).output == all.output)
    }
  }

  @Test func rankingOfReadinessTakesPatterns() throws {
    let program = try sample()
    for selection in [["-d", "ex*.org"], ["-d", "example.org"]] {
      let result = try program.run(["readiness", "--all", "--format", "csv"] + selection)
      #expect(result.status == 0 && result.output.contains("example.org") && !result.output.contains("example.com"))
    }
    let wrong = try program.run("readiness", "example.com", "-d", "example.org")
    #expect(wrong.status == 2 && wrong.errors.contains("choose domains for --all"), "\(wrong.errors)")
  }

  @Test func errorsOfListsNameFileAndLine() throws {
    let program = try sample()
    let list = try program.write("l.txt", "example.com\nfoo..bar\n")
    let wrong = try program.run("summary", "--domains-from", list)
    #expect(wrong.status == 2 && wrong.errors.contains("l.txt: \"foo..bar\" is neither"), "\(wrong.errors)")
    #expect(wrong.errors.contains("(line 2)"))
    let unknown = try program.write("u.txt", "a.test\nb.test\n")
    let none = try program.run("summary", "--domains-from", unknown)
    #expect(none.status == 1 && none.errors.contains("no report is about any of its 2 domains"), "\(none.errors)")
    #expect(try program.run("summary", "--domains-from", program.folder + "/none").status == 2)
    #expect(try program.run("summary", "--domains-from", "/dev/zero").errors.contains("at most 4 MiB"))
  }

  /// Reports about several domains for two weeks; `fails` messages of 1,000 a day fail in the second.
  private func customers(_ program: Program, _ domains: [(name: String, before: Int, now: Int)]) throws {
    for (index, domain) in domains.enumerated() {
      for day in 0..<14 {
        let begin = 1_790_812_800 + day * 86_400
        let failing = day < 7 ? domain.before : domain.now
        func record(_ count: Int, _ result: String) -> String {
          count == 0
            ? ""
            : """
            <record><row><source_ip>192.0.2.\(index + 1)</source_ip><count>\(count)</count><policy_evaluated>
            <disposition>none</disposition><dkim>\(result)</dkim><spf>\(result)</spf></policy_evaluated></row>
            <identifiers><header_from>\(domain.name)</header_from></identifiers><auth_results><spf>
            <domain>\(domain.name)</domain><result>\(result)</result></spf></auth_results></record>
            """
        }
        let report = """
          <feedback><report_metadata><org_name>r.example</org_name><email>a@r.example</email>
          <report_id>\(domain.name)-\(day)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end>
          </date_range></report_metadata><policy_published><domain>\(domain.name)</domain><p>none</p></policy_published>
          \(record(1_000 - failing, "pass"))\(record(failing, "fail"))</feedback>
          """
        _ = try program.write("in/\(domain.name)-\(day).xml", report)
      }
    }
    let result = try program.run("ingest", "--quiet", program.folder + "/in")
    #expect(result.status == 0, "\(result.errors)")
  }

  private static let week = ["--since", "2026-10-08", "--until", "2026-10-14"]

  @Test func orderLimitAndWhatGotWorse() throws {
    let program = try Program()
    try customers(
      program, [("a.example", 10, 10), ("b.example", 0, 300), ("c.example", 500, 505), ("d.example", 20, 60)])
    func order(_ arguments: String...) throws -> String {
      let result = try program.run(["summary", "--format", "csv"] + Self.week + arguments)
      #expect(result.status == 0, "\(result.errors)")
      return result.output.split(separator: "\r\n").dropFirst().compactMap { $0.first.map(String.init) }.joined()
    }
    #expect(try order() == "abcd" && order("--sort", "name") == "abcd")
    #expect(try order("--sort", "failed") == "cbda" && order("--sort", "rate") == "cbda")
    #expect(try order("--sort", "change") == "bdca")
    #expect(try order("--sort", "failed", "--limit", "2") == "cb")
    #expect(try order("--worse") == "bd" && order("--worse", "--sort", "name") == "bd")
    let table = try program.run(["summary", "--worse", "--limit", "1"] + Self.week).output
    #expect(table.contains("failing 0.0% -> 30.0% (2,100 more)"), "\(table)")
    #expect(table.hasSuffix("\n1 more domain with 7,000 messages not shown: --limit 0 shows all.\n"), "\(table)")
    let none = try program.run(["summary", "--worse", "-d", "a.example"] + Self.week).output
    #expect(none.hasPrefix("No domain got worse since the period before.\n"))
    for arguments in [["--worse"], ["--sort", "change"], ["--worse", "--until", "2026-10-14"]] {
      let result = try program.run(["summary"] + arguments)
      #expect(result.status == 2 && result.errors.contains("add --since 7d"), "\(result.errors)")
    }
  }

  /// The pages of an answer, each with the arguments for it.
  private func pages(_ program: Program, _ arguments: [String], key: String) throws -> [[String]] {
    var pages: [[String]] = []
    var next: String?
    repeat {
      let result = try program.run(arguments + ["--format", "json"] + (next.map { ["--after", $0] } ?? []))
      let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] ?? []
      #expect(result.status == 0 && !rows.isEmpty, "\(result.errors)")
      #expect(rows.dropLast().allSatisfy { $0["next"] is NSNull })
      pages.append(rows.compactMap { $0[key] as? String })
      next = rows.last?["next"] as? String
    } while next != nil && pages.count < 20
    return pages
  }

  @Test(arguments: [[], ["--sort", "failed"], ["--sort", "rate"], ["--sort", "change"], ["--sort", "name"]])
  func pagesFollowEachOther(_ order: [String]) throws {
    let program = try Program()
    try customers(
      program, [("a.example", 10, 10), ("b.example", 0, 300), ("c.example", 500, 505), ("d.example", 10, 10)])
    let arguments = ["summary"] + Self.week + order
    let whole = try pages(program, arguments, key: "policy_domain")
    #expect(whole.count == 1)
    for limit in [1, 2, 3] {
      let parts = try pages(program, arguments + ["--limit", "\(limit)"], key: "policy_domain")
      #expect(parts.joined().map(\.self) == whole[0] && parts.dropLast().allSatisfy { $0.count == limit })
    }
  }

  @Test(arguments: [
    (["top-failures"], "source"), (["top-failures", "--by", "reporter"], "reporter"), (["forwarding"], "forwarder"),
    (["unknown-senders"], "source"), (["unknown-senders", "--addresses"], "address"), (["reports"], "report_id"),
  ])
  func everyRankingHasPages(_ command: [String], _ key: String) throws {
    let program = try sample()
    let whole = try pages(program, command + ["--limit", "0"], key: key)
    #expect(whole.count == 1 && whole[0].count > 3)
    let parts = try pages(program, command + ["--limit", "3"], key: key)
    #expect(parts.joined().map(\.self) == whole[0] && parts.dropLast().allSatisfy { $0.count == 3 })
    let wrong = try program.run(command + ["--after", "MQp4Cgo"])
    #expect(wrong.status == 2 && wrong.errors.contains("--after is a cursor of `x`"), "\(wrong.errors)")
  }

  /// A row that goes or comes between two pages makes no other appear twice or not at all.
  @Test func pagesResumeAfterTheLastRowAndNotAfterANumber() throws {
    let program = try Program()
    try customers(program, [("b.example", 0, 0), ("c.example", 0, 0), ("d.example", 0, 0)])
    let arguments = ["summary", "--sort", "name", "--limit", "2"]
    let first = try #require(try program.json("summary", "--sort", "name", "--limit", "2") as? [[String: Any]])
    let next = try #require(first.last?["next"] as? String)
    try customers(program, [("a.example", 0, 0)])
    _ = try program.run("reports", "remove", "--domain", "c.example", "--yes")
    let second = try program.run(arguments + ["--after", next, "--format", "csv"]).output
    #expect(second.split(separator: "\r\n").dropFirst().compactMap(\.first) == ["d"])
  }

  @Test func foreignCursorsAreRefused() throws {
    let program = try sample()
    let rows = try #require(try program.json("summary", "--limit", "1") as? [[String: Any]])
    let token = try #require(rows.last?["next"] as? String)
    #expect(
      token.utf8.allSatisfy {
        $0 == 0x2d || $0 == 0x5f || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || $0 >= 0x30 && $0 <= 0x39
      })
    let other = try program.run("summary", "--sort", "name", "--after", token)
    #expect(other.status == 2 && other.errors.contains("a cursor of `summary`, not of `summary --sort name`"))
    func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString().replacing("=", with: "") }
    let hostile = [
      "x", "!", token + "=", token.uppercased(), String(repeating: "A", count: 5_000),
      encoded("1\nsummary\n1\n") + "\u{e9}",
      encoded("2\nsummary\n1\na"), encoded("1\nsummary\n1,2\na"), encoded("1\nsummary\n99999999999999999999\na"),
      encoded("1\nsummary"), encoded("1\n\u{1b}[31m\n1\na"), "",
    ]
    for text in hostile {
      let result = try program.run("summary", "--after", text)
      #expect(result.status == 2 && result.errors.contains("--after is not a cursor"), "\(text): \(result.errors)")
    }
    #expect(try program.run("summary", "--after", encoded("1\nsummary\n\(Int64.min)\n\u{0}'\"")).status == 0)
    for (command, ranks) in [
      ("unknown-senders", 2), ("reports", 2), ("forwarding", 1), ("top-failures --by source", 1),
    ] {
      for rank in [Int64.min, .max, 0, Int64(bitPattern: Double.nan.bitPattern)] {
        let numbers = Array(repeating: "\(rank)", count: ranks).joined(separator: ",")
        let token = encoded("1\n\(command)\n\(numbers)\n\n\n")
        let result = try program.run(command.split(separator: " ").map(String.init) + ["--after", token])
        #expect(result.status == 0, "\(command) \(rank): \(result.errors)")
      }
    }
  }

  @Test func linesForDaysWeeksAndMonths() throws {
    let program = try sample()
    let weeks = try #require(try program.json("summary", "--by", "week", "--month", "2026-10") as? [[String: Any]])
    #expect(weeks.compactMap { $0["week"] as? String } == (40...44).map { "2026-W\($0)" })
    #expect(weeks.first?["first_day"] as? String == "2026-10-01" && weeks.last?["last_day"] as? String == "2026-10-31")
    let domains = try #require(try program.json("summary", "--month", "2026-10") as? [[String: Any]])
    for key in ["messages", "passed", "failed", "unknown", "quarantined", "dkim_only", "reports", "dropped_rows"] {
      func sum(_ rows: [[String: Any]]) -> Int { rows.compactMap { $0[key] as? Int }.reduce(0, +) }
      #expect(sum(weeks) == sum(domains), "\(key)")
    }
    let failures = try #require(try program.json("top-failures", "--by", "day") as? [[String: Any]])
    #expect(
      failures.count > 15
        && failures.compactMap { $0["day"] as? String }.sorted() == failures.compactMap { $0["day"] as? String })
    let total = try #require(try program.json("summary") as? [[String: Any]]).compactMap { $0["failed"] as? Int }
      .reduce(0, +)
    #expect(failures.compactMap { $0["messages"] as? Int }.reduce(0, +) == total)
    let table = try program.run("summary", "--by", "day", "--limit", "2").output
    #expect(table.contains("\n2026-10-29         -"), "\(table)")
    #expect(table.hasSuffix("earlier days not shown: --limit 0 shows all.\n"))
    #expect(try program.run("summary", "--by", "day", "--sort", "name").status == 2)
    #expect(try program.run("top-failures", "--by", "day", "--after", "MQ").status == 2)
  }
}
