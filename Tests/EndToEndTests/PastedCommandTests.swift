import Foundation
import Testing

/// Runs every command that the program proposes for pasting, with shell code as names in reports and DNS.
@Suite struct PastedCommandTests {
  private static let names = [
    "$({touch,x})y.example", "`touch${IFS}x`.example", "a;touch${IFS}x;.example", "a|touch${IFS}x.example",
    "a&touch${IFS}x.example", "a\ntouch x\n.example", "a'b.example", "a\"b.example", "a\\b.example", "a!b.example",
    "*.example", "~root.example", "-rf.example", "a b.example", "a\u{2028}b.example", "ａ／b.example",
    "a\u{202e}b.example", "--config=x.example", String(repeating: "a", count: 300) + ".example", "bücher.example",
    "good.example",
  ]

  @Test func everyProposedCommandIsHarmless() throws {
    let program = try Program()
    try Self.writeReports(program)
    let zone = try program.write("hosts.zone", Self.zone)
    #expect(try program.run("ingest", "--quiet", program.folder + "/reports").status <= 1)
    _ = try program.run("senders", "refresh", "--quiet", "--zone", zone)
    var commands: Set<[String]> = []
    var outputs: [String] = []
    for question in try Self.questions(program) {
      for format in question[0] == "explain" || question[0] == "show" ? ["table"] : ["table", "csv", "json", "ndjson"] {
        let result = try program.run(question + ["--format", format])
        let isAnswer = question[0] == "readiness" && [7, 8].contains(result.status)
        #expect(result.status == 0 || isAnswer, "\(question) \(format): \(result.errors)")
        outputs.append(result.output)
        #expect(!result.output.unicodeScalars.contains { $0 == "\u{202e}" || $0 == "\u{2028}" || $0 == "\u{1b}" })
      }
    }
    let offered = Set(outputs.flatMap(Self.commands))
    #expect(offered.contains { $0.contains("good.example") })
    #expect(offered.contains { $0.contains(" xn--bcher-kva.example") })
    for command in offered { commands.insert(try Self.arguments(of: command, program)) }
    let values = commands.joined().filter { $0.contains("example") && !$0.hasSuffix("own.example") }
    #expect(
      Set(values).isSubset(of: ["good.example", "xn--bcher-kva.example", "host.good.example", "hostile.example"]),
      "\(Set(values))")
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/run/x"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/run").isEmpty)
    let records = Set(outputs.flatMap(Self.records))
    #expect(records.contains("s1._domainkey.good.example. TXT \"v=DKIM1; k=rsa; p=...\""), "\(records)")
    #expect(records.contains { $0.contains(".xn--bcher-kva.example. TXT") })
    for record in records { #expect(record.wholeMatch(of: Self.record) != nil, "\(record)") }
    #expect(outputs.contains { $0.contains("no command is offered") || $0.contains("no record and no command") })
  }

  /// The arguments that a shell passes to the program.
  private static func arguments(of command: String, _ program: Program) throws -> [String] {
    let stub = "dmarcstat() { printf '%s\\n' \"$@\"; }\n"
    try FileManager.default.createDirectory(atPath: program.folder + "/run", withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder + "/run")
    process.arguments = ["-c", stub + command]
    let result = try Program.finish(process)
    #expect(result.status == 0 && result.errors.isEmpty, "\(command): \(result.errors)")
    #expect(!command.contains("\n"))
    let arguments = result.output.split(separator: "\n").map(String.init)
    #expect(["senders", "explain", "readiness", "unknown-senders"].contains(arguments.first ?? ""), "\(command)")
    return arguments
  }

  /// Command lines and commands between backticks; in CSV and JSON, quotes are doubled or escaped.
  private static func commands(_ output: String) -> [String] {
    var found: [String] = []
    for line in output.split(separator: "\n") {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("dmarcstat ") { found.append(String(text)) }
      for (index, part) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
        let isCommand = index % 2 == 1 && part.hasPrefix("dmarcstat ")
        // An unpaired backtick in a name shifts the parts; text after a command then starts with a space.
        if isCommand, !part.contains("ADDRESS") { found.append(String(part)) }
      }
      guard line.hasPrefix("{") || line.hasPrefix(" {"),
        let object = try? JSONSerialization.jsonObject(
          with: Data(line.drop { $0 == " " }.trimmingSuffix(",").utf8)) as? [String: Any]
      else { continue }
      found += ["declare", "command"].compactMap { object[$0] as? String }
    }
    return found
  }

  /// Records between backticks.
  private static func records(_ output: String) -> [String] {
    output.replacing(policyRecord, with: "").split(separator: "`", omittingEmptySubsequences: false).map(String.init)
      .filter { $0.contains(" TXT ") }
      .map { $0.replacing("\\\"", with: "\"").replacing("\"\"", with: "\"") }
  }

  /// A DMARC record, as a line of text or in JSON or CSV.
  private nonisolated(unsafe) static let policyRecord =
    /_dmarc\.own\.example\. TXT (?:"|\\"|"")v=DMARC1(?:; [a-z]+=[a-z0-9:]+)*(?:"|\\"|"")/

  private nonisolated(unsafe) static let record =
    /[a-z0-9-]+\._domainkey\.(?:(?:(?:good|xn--bcher-kva)\.example\.)?own|good|xn--bcher-kva)\.example\. TXT "v=DKIM1;(?: k=rsa;)? p=(?:\.\.\.)?"/

  private static func questions(_ program: Program) throws -> [[String]] {
    var questions = [
      ["senders", "suggest"], ["unknown-senders", "--limit", "0"], ["unknown-senders", "--limit", "0", "--addresses"],
      ["export"], ["export", "--lang", "ja"], ["readiness", "own.example"],
    ]
    for number in names.indices {
      questions += [["explain", "192.0.2.\(number + 1)"], ["explain", "198.51.100.\(number + 1)"]]
      questions.append(["show", "ip", "203.0.113.\(number + 1)"])
    }
    return questions
  }

  /// Three days of reports: aligned messages with a hostile envelope or host name, failing messages that authenticate as a hostile name,
  /// hostile From and policy domains, selectors and envelopes.
  private static func writeReports(_ program: Program) throws {
    for day in 0..<4 {
      var rows = ""
      for (number, name) in names.enumerated() {
        let name = escaped(name)
        rows += row("192.0.2.\(number + 1)", 40, "pass", "fail", "own.example", "own.example", "pass", name, "pass")
        rows += row("198.51.100.\(number + 1)", 30, "fail", "fail", "own.example", name, "pass", name, "pass")
        rows += row("203.0.113.\(number + 1)", 7, "fail", "pass", "own.example", name, "fail", "own.example", "pass")
        rows += row(
          "203.0.113.\(number + 101)", 9, "fail", "fail", "\(name).own.example", "own.example", "fail",
          "\(name).own.example", "permerror", selector: name)
        rows += row("203.0.113.\(number + 151)", 900, "fail", "fail", name, "x", "none", "x", "none")
      }
      _ = try program.write("reports/\(day).xml", report(day, "own.example", rows))
      for (number, name) in names.enumerated() {
        let name = escaped(name)
        let rows =
          row("192.0.2.\(number + 200)", 3, "fail", "fail", name, name, "fail", name, "permerror")
          + row("198.51.100.\(number + 200)", 4, "fail", "pass", name, "x", "none", name, "pass")
        _ = try program.write(
          "reports/\(day)-\(number).xml", report(day, name, rows, id: "\(name)-\(number)"))
      }
    }
  }

  private static var zone: String {
    names.enumerated().map { number, name in
      "\(number + 1).113.0.203.in-addr.arpa. PTR host.good.example.\nhost.good.example. A 203.0.113.\(number + 1)\n"
        + [("2.0.192", 0), ("100.51.198", 0), ("113.0.203", 150)].map { network, first in
          let host = "\(octets("`x`" + name)).hostile.example."
          let address = network.split(separator: ".").reversed().joined(separator: ".")
          let last = number + 1 + first
          return "\(last).\(network).in-addr.arpa. PTR \(host)\n\(host) A \(address).\(last)\n"
        }.joined()
    }.joined()
  }

  /// A label with any octets in zone file syntax.
  private static func octets(_ text: String) -> String {
    text.utf8.prefix(60).map { byte in
      let digits = String(byte)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }.joined()
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }

  private static func row(
    _ address: String, _ count: Int, _ dkim: String, _ spf: String, _ from: String, _ signer: String,
    _ signature: String,
    _ envelope: String, _ check: String, selector: String = "s1"
  ) -> String {
    """
    <record><row><source_ip>\(address)</source_ip><count>\(count)</count><policy_evaluated><disposition>none</disposition>\
    <dkim>\(dkim)</dkim><spf>\(spf)</spf></policy_evaluated></row><identifiers><header_from>\(from)</header_from></identifiers>\
    <auth_results><dkim><domain>\(signer)</domain><selector>\(selector)</selector><result>\(signature)</result></dkim>\
    <spf><domain>\(envelope)</domain><result>\(check)</result></spf></auth_results></record>
    """
  }

  private static func report(_ day: Int, _ domain: String, _ rows: String, id: String = "r") -> String {
    let begin = 1_790_812_800 + day * 86_400
    return """
      <?xml version="1.0" encoding="UTF-8"?><feedback><report_metadata><org_name>$(touch x)</org_name><email>a@b.example</email>\
      <report_id>\(id)-\(day)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range>\
      </report_metadata><policy_published><domain>\(domain)</domain><p>none</p></policy_published>\(rows)</feedback>
      """
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ suffix: Character) -> Substring { last == suffix ? dropLast() : self }
}
