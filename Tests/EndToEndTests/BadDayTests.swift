import Foundation
import Testing

/// Unusual file systems, clocks and environments.
@Suite struct BadDayTests {
  static func report(_ id: String, begin: Int64 = 1_790_812_800, end: Int64 = 1_790_899_199, pass: Bool = true)
    -> String
  {
    """
    <feedback><report_metadata><org_name>R</org_name><report_id>\(id)</report_id><date_range><begin>\(begin)</begin>
    <end>\(end)</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
    <record><row><source_ip>192.0.2.1</source_ip><count>5</count><policy_evaluated><disposition>none</disposition>
    <dkim>\(pass ? "pass" : "fail")</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>
    </identifiers><auth_results><dkim><domain>example.com</domain><selector>s</selector><result>\(pass ? "pass" : "fail")</result></dkim>
    </auth_results></record></feedback>
    """
  }

  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  // MARK: Dates

  @Test(arguments: [-9_223_372_036, -2_208_988_800, -1, 10_413_792_000, 253_402_300_800, .max] as [Int])
  func filesOfEveryCenturyAreReadOnce(seconds: Int) throws {
    let program = try Program()
    let path = try program.write("in/a.xml", Self.report("1"))
    var times = [timespec(tv_sec: seconds, tv_nsec: 5), timespec(tv_sec: seconds, tv_nsec: 5)]
    #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    #expect(try program.run("ingest", program.folder + "/in").output.contains("1 already read"))
    #expect(
      try program.run("ingest", "--after", "move:" + program.folder + "/done", program.folder + "/in").status == 0)
    #expect(FileManager.default.fileExists(atPath: program.folder + "/done/a.xml"))
  }

  @Test func reportOfADistantYearDoesNotMoveDefaults() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report("1", pass: false))
    let before = try program.run("readiness", "example.com").output
    _ = try program.run("ingest", program.folder + "/in")
    let ready = try program.run("readiness", "example.com", "--format", "json").output
    let late = Self.report("2", begin: 253_370_764_800, end: 253_370_851_199, pass: false)
    _ = try program.write(
      "in/b.xml", late.replacing("192.0.2.1", with: "192.0.2.99").replacing("<p>none", with: "<p>reject"))
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    #expect(try program.run("readiness", "example.com", "--format", "json").output == ready)
    #expect(before.isEmpty && ready.contains("\"domain\""))
    // The newest policy and new senders are those of today.
    #expect(try program.run("summary", "--format", "json").output.contains("\"policy\":\"p=none\""))
    #expect(try program.run("unknown-senders", "--format", "json").output.contains("\"source\":\"192.0.2.1\""))
    #expect(try program.run("show", "report", "2").output.contains("after the report arrived"))
    #expect(try program.run("readiness", "example.com", "--since", "9999-01-01").status == 8)
  }

  @Test func fileNamesWithAbsurdTimesAreHarmless() throws {
    let program = try Program()
    let text = Self.report("1").replacing(/<date_range>(.|\n)*<\/date_range>/, with: "")
    _ = try program.write("in/r!example.com!-9223372036854775808!9223372036854775807.xml", text)
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    #expect(try program.totals()["reports"] == 1)
  }

  @Test(arguments: ["--max-text-bytes", "--max-record-bytes", "--max-rows", "--max-ratio", "--max-inflated-bytes"])
  func limitsMayBeMaximal(option: String) throws {
    let program = try Program()
    #expect(try program.run("ingest", option, "9223372036854775807", Program.samples).status == 1)
  }

  // MARK: Environment

  @Test(arguments: ["", "relative", nil] as [String?])
  func noDefaultDatabaseWithoutAHome(home: String?) throws {
    let program = try Program()
    let process = program.process(["ingest", Program.samples])
    process.environment = ["PATH": "/usr/bin:/bin", "TMPDIR": program.folder]
    if let home { process.environment?["HOME"] = home }
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder)
    let result = try Program.finish(process)
    #expect(result.status == 2)
    #expect(result.errors.contains("--database"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder).isEmpty)
  }

  @Test func relativeXDGVariablesAreIgnored() throws {
    let program = try Program()
    let process = program.process(["ingest", Program.samples])
    process.environment = [
      "HOME": program.folder, "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "", "DMARCSTAT_DATABASE": "",
    ]
    #expect(try Program.finish(process).status == 1)
    let made = program.folder + "/.local/share/dmarcstat"
    #expect(mode(made + "/reports.sqlite") == 0o600)
    #expect(mode(made) == 0o700)
  }

  @Test func tildeRequiresAHome() throws {
    let program = try Program()
    let config = try program.write("config.yaml", "sources: ~/x\n")
    for arguments in [["ingest", "--config", config], ["ingest", "--after", "move:~/done", Program.samples]] {
      let result = try program.run(arguments, environment: ["HOME": ""])
      #expect(result.status == 2)
      #expect(result.errors.contains("HOME is not set"))
    }
  }

  @Test func relativeHomeIsNotAMissingOne() throws {
    let program = try Program()
    let config = try program.write("config.yaml", "sources: ~/x\n")
    let result = try program.run(["ingest", "--config", config], environment: ["HOME": "rel"])
    #expect(result.status == 2)
    #expect(result.errors.contains("HOME is not an absolute path (\"rel\")"), "\(result)")
    #expect(!result.errors.contains("not set"))
  }

  @Test func backupWithoutANameIsAUsageError() throws {
    let program = try Program()
    #expect(try program.run("ingest", Program.samples).status == 1)
    let result = try program.run("db", "backup", "")
    #expect(result.status == 2)
    #expect(result.errors.contains("the name of the backup is empty"), "\(result)")
  }

  @Test(arguments: ["/proc/no/such/home", "/dev/null"]) func missingHomeCanBeOverridden(_ home: String) throws {
    let program = try Program()
    let process = program.process(["ingest", Program.samples], environment: ["HOME": home])
    process.environment?["DMARCSTAT_DATABASE"] = nil
    let result = try Program.finish(process)
    #expect(result.status == 4)
    #expect(result.errors.contains("cannot be opened") && result.errors.contains("--database"), "\(result)")
  }

  // MARK: Limits of the system

  func limited(_ limit: String, _ program: Program, _ arguments: String) throws -> Program.Result {
    let process = program.process([])
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "\(limit); exec timeout -s KILL 600 '\(Program.binary)' \(arguments)"]
    return try Program.finish(process)
  }

  @Test func fileSizeLimitIsAnError() throws {
    let program = try Program()
    let result = try limited("ulimit -f 8", program, "ingest '\(Program.samples)'")
    #expect([3, 4].contains(result.status))
    #expect(!result.errors.isEmpty)
  }

  @Test func threadLimitIsAnError() throws {
    let program = try Program()
    let folder = program.folder
    chmod(folder, 0o777)
    _ = try program.write("in/a.xml", Self.report("1"))
    let process = program.process([])
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = [
      "-s", "KILL", "600", "setpriv", "--reuid", "65534", "--clear-groups", "prlimit", "--nproc=0", Program.binary,
      "ingest",
      "--database", folder + "/own/x.sqlite", folder + "/in",
    ]
    guard getuid() == 0 else { return }
    let result = try Program.finish(process)
    #expect(result.status == 4, "\(result)")
    #expect(result.errors.contains("no thread can be started"), "\(result.errors)")
  }

  // MARK: Repeated messages

  @Test func persistentProblemIsReportedOnceByQuietRuns() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report("1"))
    let missing = program.folder + "/later"
    let first = try program.run("ingest", "-q", program.folder + "/in", missing)
    #expect(first.status == 3)
    #expect(first.errors.hasPrefix("\(missing): it cannot be accessed"))
    for _ in 0..<3 {
      let again = try program.run("ingest", "-q", program.folder + "/in", missing)
      #expect((again.status, again.errors) == (3, ""))
    }
    #expect(try program.run("ingest", program.folder + "/in", missing).errors.contains(missing))
    #expect(try program.run("ingest", "-q", program.folder + "/in").errors.isEmpty)
    _ = try program.write("later/b.xml", Self.report("2"))
    let end = try program.run("ingest", "-q", program.folder + "/in", missing)
    #expect(end.status == 0)
    #expect(end.errors.hasPrefix("\(missing): readable again; it had been unreadable since"))
    #expect(try program.run("ingest", "-q", program.folder + "/in", missing).errors.isEmpty)
  }

  @Test func unreachableAccountIsReportedOnce() throws {
    let program = try Program()
    let config = try program.write(
      "config.yaml",
      """
      accounts:
        - name: reports
          server: 127.0.0.1:1
          tls: none
          user: u
          password_env: PASSWORD
          retries: 1
      """)
    let first = try program.run("ingest", "-q", "--config", config, environment: ["PASSWORD": "x"])
    #expect(first.status == 3, "\(first)")
    #expect(first.errors.hasPrefix("reports: "))
    let again = try program.run("ingest", "-q", "--config", config, environment: ["PASSWORD": "x"])
    #expect((again.status, again.errors) == (3, ""))
  }
}
