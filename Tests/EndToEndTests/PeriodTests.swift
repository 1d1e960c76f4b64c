import Foundation
import Testing

/// Days are those of people, and every answer names those that it covers.
@Suite struct PeriodTests {
  private func sample() throws -> Program {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    return program
  }

  /// The dates of two zones that are 25 hours apart always differ.
  @Test func todayIsThatOfTheLocalTimeZone() throws {
    let program = try sample()
    func period(_ zone: String, _ arguments: String...) throws -> Substring {
      try #require(
        program.run(["summary", "--since", "today"] + arguments, environment: ["TZ": zone]).output.split(
          separator: "\n"
        ).last)
    }
    #expect(try period("Pacific/Kiritimati") > period("Pacific/Niue"))
    #expect(try period("Pacific/Kiritimati", "--utc") == period("Pacific/Niue", "--utc"))
    for (zone, name) in [("Pacific/Kiritimati", "Pacific/Niue"), ("Pacific/Niue", "Pacific/Kiritimati")] {
      let config = try program.write("c.yaml", "timezone: \(name)\n")
      #expect(try period(zone, "--config", config) == period(name))
    }
  }

  @Test(arguments: [
    ["summary"], ["top-failures"], ["unknown-senders"], ["forwarding"], ["export"],
    ["readiness", "example.com"],
    ["explain", "203.0.113.40"], ["show", "domain", "example.org"], ["show", "ip", "203.0.113.40"],
  ])
  func everyAnswerNamesItsPeriod(_ command: [String]) throws {
    let program = try sample()
    for (arguments, format) in [("table"), "csv", "json", "ndjson"].map({ (command + ["--month", "2026-10"], $0) }) {
      let result = try program.run(arguments + ["--format", format])
      let all = result.output + result.errors
      #expect(all.contains("2026-10-01 to 2026-10-31"), "\(arguments) \(format)")
      if format.contains("json"), command[0] != "export" {
        #expect(result.output.contains("\"period_first_day\":\"2026-10-01\""), "\(arguments) \(format)")
        #expect(result.output.contains("\"period_last_day\":\"2026-10-31\""), "\(arguments) \(format)")
      }
    }
  }

  @Test func emptyAnswersAndOpenPeriodsNameTheirDays() throws {
    let program = try sample()
    let empty = try program.run("summary", "--month", "2020-02", "--format", "json")
    #expect(empty.output == "[]\n" && empty.errors == "Period: 2020-02-01 to 2020-02-29\n")
    #expect(try program.run("summary").output.hasSuffix("\nPeriod: all reports, 2026-09-28 to 2026-10-31\n"))
    #expect(
      try program.run("summary", "--until", "2026-10-05").output.hasSuffix("\nPeriod: 2026-09-28 to 2026-10-05\n"))
  }

  @Test(arguments: [
    ["summary", "--domain", "exmaple.com"], ["changes", "exmaple.com"], ["top-failures", "-d", "exmaple.com"],
    ["readiness", "exmaple.com"],
    ["unknown-senders", "-d", "exmaple.com"], ["forwarding", "-d", "exmaple.com"], ["export", "-d", "exmaple.com"],
    ["show", "domain", "exmaple.com"], ["explain", "203.0.113.40", "-d", "exmaple.com"],
  ])
  func mistypedDomainIsAnErrorThatNamesNearOnes(_ command: [String]) throws {
    let result = try sample().run(command)
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("exmaple.com: did you mean example.com"), "\(result.errors)")
  }
}
