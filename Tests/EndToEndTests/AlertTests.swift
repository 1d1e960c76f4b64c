import Foundation
import Testing

/// `alert`, `alerts` and the alerts of `ingest`, by the built program.
@Suite struct AlertTests {
  private static let fails = "Decide now: Mail of CRM for example.com fails DMARC"
  private static let senders = """
    known_senders:
      - {name: CRM, kind: service, addresses: [198.51.100.0/24]}
      - {name: Own, kind: own, addresses: [192.0.2.0/24]}

    """

  private func program(_ alerts: String = "alerts: {quiet_first_run: false}\n") throws -> (Program, [String]) {
    let program = try Program()
    return (program, ["--config", try program.write("config.yaml", Self.senders + alerts)])
  }

  /// Day after day: each event is told once, with its end; none on the first run, and none of late reports.
  @Test func eachEventIsToldOnceDayByDay() throws {
    let (program, config) = try program("")
    let reports = AlertReports(firstDay: 20_000, brokenKey: 40..<52, spoofed: 62..<70)
    var told: [String] = []
    for day in stride(from: 36, to: 84, by: 2) {
      let folder = try reports.write((day == 36 ? 0 : day - 2)..<day, to: "in/\(day)", program)
      #expect(try program.run(["ingest", "--quiet", folder] + config).status == 0)
      let result = try program.run(["alert", "--today", reports.date(day)] + config)
      #expect(result.status == 0 && result.output.isEmpty, "\(result)")
      told += result.errors.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map(String.init)
      if day == 36 { #expect(told == []) }
    }
    #expect(
      told == [
        Self.fails, "Mail of CRM for example.com passes DMARC again",
        "Look at this: Spoofing of example.com has begun", "Spoofing of example.com has ended",
      ])
    // An archive of another year that turns up, with events in it.
    let archive = AlertReports(firstDay: 19_000, brokenKey: 40..<52, spoofed: 62..<70)
    _ = try program.run(["ingest", "--quiet", archive.write(0..<84, to: "archive", program)] + config)
    let late = try program.run(["alert", "--today", reports.date(84)] + config)
    #expect(late.status == 0 && late.errors.isEmpty, "\(late)")
  }

  @Test func ingestTellsOnceWithTheNextStep() throws {
    let (program, config) = try program()
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let folder = try reports.write(0..<40, to: "in", program)
    // Without the key, nobody is told.
    let plain = try program.run("ingest", "--dry-run", folder)
    #expect(!plain.errors.contains("fails DMARC"))
    let first = try program.run(["ingest", "--quiet", folder] + config)
    #expect(first.status == 0 && first.errors.hasPrefix(Self.fails + "\n"), "\(first)")
    #expect(first.errors.contains("Selector crm of example.com has not verified since \(reports.date(33))."))
    let step = try #require(first.errors.split(separator: "`").first { $0.hasPrefix("dmarcstat ") })
    #expect(try program.run(step.split(separator: " ").dropFirst().map(String.init) + config).status == 0)
    let second = try program.run(["ingest", "--quiet", folder] + config)
    #expect(second.status == 0 && second.errors.isEmpty, "\(second)")
    #expect(try program.run(["alert"] + config).errors.isEmpty)
  }

  @Test func aFirstRunIsQuietAndListsWhatItKnows() throws {
    let (program, config) = try program("alerts: {}\n")
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let result = try program.run(["ingest", "--quiet", reports.write(0..<40, to: "in", program)] + config)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(try program.run(["alerts", "list"] + config).output.hasPrefix("No matters."))
    let all = try program.run(["alerts", "list", "--all"] + config).output
    #expect(all.contains("Mail of CRM for example.com fails DMARC") && all.contains("known"), "\(all)")
  }

  /// Alerts that were held back on a day with too many are in the review.
  @Test func theReviewHasTheAlertsOfItsMonth() throws {
    let (program, plain) = try program("")
    let limited = ["--config", try program.write("limited.yaml", Self.senders + "alerts: {at_most: 1}\n")]
    let reports = AlertReports(firstDay: 20_000, brokenKey: 40..<52, spoofed: 40..<48)
    for (first, last) in [(0, 36), (36, 50)] {
      let folder = try reports.write(first..<last, to: "in/\(last)", program)
      #expect(try program.run(["ingest", "--quiet", folder] + plain).status == 0)
      #expect(try program.run(["alert", "--today", reports.date(last)] + limited).status == 0)
    }
    let page = try program.run(["review", "--month", "2024-11", "--format", "markdown"] + plain).output
    #expect(page.contains("Mail of CRM for example.com fails DMARC | goes on | \(reports.date(50)) |"), "\(page)")
    #expect(
      page.split(separator: "\n").contains {
        $0.contains("Spoofing of example.com") && $0.hasSuffix("| no, too many that day |")
      }, "\(page)")
  }

  @Test func aFullDiskIsTold() throws {
    let (program, config) = try program(
      "alerts: {quiet_first_run: false, rules: {disk: {mebibytes: 1000000000000}}}\n")
    let result = try program.run(["ingest", "--quiet", Program.samples] + config)
    #expect(result.errors.contains("Decide now: The disk with the database is nearly full"), "\(result)")
    #expect(try program.run(["alert"] + config).errors.isEmpty)
  }

  @Test func formatsDryRunsAndLanguages() throws {
    let (program, config) = try program()
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let folder = try reports.write(0..<40, to: "in", program)
    _ = try program.run("ingest", "--quiet", folder, "--config", program.write("plain.yaml", Self.senders))
    for _ in 0..<2 {
      let dry = try program.run(["alert", "--dry-run", "--lang", "ja"] + config)
      #expect(dry.output.contains("CRM のメールが DMARC に不合格"), "\(dry)")
    }
    let json = try program.run(["alert", "--format", "json"] + config)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(
      rows.map { $0["rule"] as? String } == ["mail-fails"] && rows[0]["identifier"] as? String == "mail-fails:1:1:begun"
    )
    #expect(json.errors.isEmpty)
    #expect(try program.run(["alert", "--format", "json"] + config).output == "[]\n")
    #expect(try program.run(["alert", "--format", "ndjson"] + config).output.isEmpty)
  }

  /// Compares texts and data with reviewed files.
  @Test func textsAndDataAreThoseOfReviewedFiles() throws {
    let (program, config) = try program()
    let reports = AlertReports(firstDay: 20_000, brokenKey: 48..<56, spoofed: 50..<56)
    let folder = try reports.write(0..<56, to: "in", program)
    _ = try program.run("ingest", "--quiet", folder, "--config", program.write("plain.yaml", Self.senders))
    let arguments = ["alert", "--today", reports.date(56)] + config
    for (language, name) in [("en", "alert.txt"), ("ja", "alert-ja.txt")] {
      let dry = try program.run(arguments + ["--dry-run", "--lang", language])
      #expect(dry.status == 0 && dry.errors.isEmpty)
      try GoldenTests.compare(dry.output, name)
    }
    for format in ["json", "ndjson", "csv"] {
      try GoldenTests.compare(program.run(arguments + ["--dry-run", "--format", format]).output, "alert.\(format)")
    }
    #expect(try program.run(arguments).status == 0)
    try GoldenTests.compare(program.run("alerts", "list", "--all").output, "alerts-list.txt")
    try GoldenTests.compare(program.run("alerts", "list", "--all", "--format", "json").output, "alerts-list.json")
  }

  @Test func mattersAreListedAcknowledgedAndMuted() throws {
    let (program, config) = try program()
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let folder = try reports.write(0..<40, to: "in", program)
    _ = try program.run("ingest", "--quiet", folder, "--config", program.write("plain.yaml", Self.senders))
    let mute = try program.run(["alerts", "mute", "--domain", "example.com", "--rule", "mail-fails"] + config)
    #expect(mute.output == "Muted. `dmarcstat alerts unmute 1` ends it.\n", "\(mute)")
    #expect(try program.run(["alert"] + config).errors.isEmpty)
    #expect(try program.run("alerts", "mutes").output.contains("mail-fails"))
    #expect(try program.run("alerts", "unmute", "1").status == 0)
    #expect(try program.run(["alert"] + config).errors.hasPrefix(Self.fails))
    let list = try program.run("alerts", "list")
    #expect(list.output.contains("mail-fails") && list.output.contains("open"), "\(list)")
    let show = try program.run("alerts", "show", "1", "--lang", "ja").output
    #expect(show.hasPrefix("example.com の CRM のメールが DMARC に不合格\n"), "\(show)")
    #expect(try program.run("alerts", "ack", "1", "--note", "being repaired").status == 0)
    #expect(try program.run("alerts", "list").output.hasPrefix("No matters."))
    #expect(try program.run("alerts", "show", "1").output.contains("being repaired"))
    for wrong in [
      ["alerts", "show", "9"], ["alerts", "ack", "9"], ["alerts", "unmute", "9"], ["alerts", "mute"],
      ["alerts", "mute", "--rule", "spoof"], ["alerts", "mute", "--domain", "a..b"],
      ["alerts", "mute", "--rule", "replay", "--until", "soon"],
    ] {
      #expect(try program.run(wrong).status == 2, "\(wrong)")
    }
  }

  /// A run that is killed before it noted what it told tells it again, with the same identifier; nothing is lost.
  @Test func whatWasNotTakenIsToldAgain() throws {
    let (program, config) = try program()
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let folder = try reports.write(0..<40, to: "in", program)
    _ = try program.run("ingest", "--quiet", folder, "--config", program.write("plain.yaml", Self.senders))
    // Standard output that cannot be written ends the program before it notes anything.
    let process = program.process(["alert", "--format", "json"] + config)
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exec \"$0\" \"$@\" > /dev/full", Program.binary, "alert", "--format", "json"] + config
    let full = try Program.finish(process)
    #expect(full.status == 5, "\(full)")
    let again = try program.run(["alert", "--format", "json"] + config)
    #expect(again.output.contains("mail-fails:1:1:begun"), "\(again)")
    #expect(try program.run(["alert", "--format", "json"] + config).output == "[]\n")
  }

  @Test func watchTellsAfterABurst() throws {
    let (program, config) = try program()
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let folder = try reports.write(0..<40, to: "in", program)
    let process = program.process(["ingest", "--quiet", "--watch", folder] + config)
    let pipe = Pipe()
    (process.standardError, process.standardOutput) = (pipe, FileHandle.nullDevice)
    try process.run()
    var text = ""
    while !text.contains("fails DMARC\n") {
      let data = pipe.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    process.terminate()
    process.waitUntilExit()
    #expect(text.contains(Self.fails), "\(text)")
    #expect(process.terminationStatus == 0)
    #expect(try program.run(["alert"] + config).errors.isEmpty)
  }

  /// Names in reports are written by whoever sends them.
  @Test func hostileNamesAreShownAndStayOnTheirLine() throws {
    let (program, config) = try program("alerts: {quiet_first_run: false, rules: {reporter-silent: {messages: 1}}}\n")
    var reports = AlertReports(firstDay: AlertReports.today - 60)
    reports.reporters = ["one.example", "two.example", "evil&#10;Subject: x&#x202e;&#27;[31m &lt;b&gt;`id`"]
    _ = try reports.write(0..<40, to: "in", program)
    reports.reporters.removeLast()
    let folder = try reports.write(40..<60, to: "in", program)
    let result = try program.run(["ingest", "--quiet", folder] + config)
    #expect(result.errors.contains("no longer sends reports"), "\(result)")
    #expect(!result.errors.contains("\u{1b}") && !result.errors.contains("\u{202e}"))
    #expect(!result.errors.split(separator: "\n").contains { $0.hasPrefix("Subject:") }, "\(result)")
  }

  @Test func mistakesInTheConfigurationNameTheLine() throws {
    let (program, config) = try program("alerts:\n  at_mots: 3\n")
    let result = try program.run(["alert"] + config)
    #expect(result.status == 2 && result.errors.contains("did you mean \"at_most\"?") && result.errors.contains("line"))
  }
}
