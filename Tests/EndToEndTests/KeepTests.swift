import Foundation
import Testing

@Suite struct KeepTests {
  private let program: Program

  init() throws { program = try Program() }

  /// Reports of consecutive days, of which each has a source and a reporter of its own.
  private func ingest(_ count: Int, first: Int = 1_704_067_200) throws {
    let script = """
      import os, sys
      folder, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
      os.makedirs(folder)
      for n in range(count):
        begin = first + n // 10 * 86400
        open(f"{folder}/{n}.xml", "w").write(f'''<feedback><report_metadata><org_name>r{n % 50}.example</org_name>
          <email>a@r{n % 50}.example</email><report_id>{n}</report_id><date_range><begin>{begin}</begin><end>{begin + 86399}</end>
          </date_range></report_metadata><policy_published><domain>d{n % 7}.example</domain><p>none</p></policy_published>
          <record><row><source_ip>10.0.{n // 250 % 250}.{n % 250}</source_ip><count>1</count><policy_evaluated>
          <disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers>
          <header_from>d{n % 7}.example</header_from></identifiers><auth_results><dkim><domain>d{n % 7}.example</domain>
          <selector>s{n}</selector><result>pass</result></dkim></auth_results></record></feedback>''')
      """
    let made = try program.python(script, [program.folder + "/in", "\(count)", "\(first)"])
    #expect(made.status == 0, "\(made)")
    let result = try program.run("ingest", "--quiet", program.folder + "/in")
    #expect(result.status == 0, "\(result)")
  }

  private func reports() throws -> Int? { try program.totals()["reports"] }

  @Test func settingSaysWhatIsRemoved() throws {
    try ingest(30)
    let none = try program.run("db", "prune")
    #expect(none.status == 2 && none.errors.contains("add --before DAY, or `keep: 25 months`"), "\(none)")
    let config = try program.write("config.yaml", "keep: 1 month\n")
    let trial = try program.run("db", "prune", "--dry-run", "--config", config)
    #expect(trial.output.hasPrefix("30 reports for days before 20"), "\(trial)")
    #expect(trial.output.hasSuffix("would be removed (keep: 1 month).\n"), "\(trial)")
    #expect(try reports() == 30)
    let pruned = try program.run("db", "prune", "--config", config)
    #expect(pruned.status == 0 && pruned.output.hasSuffix("were removed (keep: 1 month).\n"), "\(pruned)")
    #expect(try reports() == 0)
    let info = try program.run("db", "info", "--config", config)
    #expect(info.output.contains("1 month"), "\(info)")
    #expect(try program.run("ingest", program.folder + "/in").output.contains("0 new reports"))
    let vacuum = try program.run("db", "vacuum")
    #expect(vacuum.status == 0 && vacuum.errors.contains("beside the database"), "\(vacuum)")
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func ingestRemovesOldReportsOnceADay() throws {
    try ingest(30)
    let config = try program.write("config.yaml", "keep: {reports: 1 month, sums: 2 months}\n")
    let trial = try program.run("ingest", "--dry-run", "--config", config, program.folder + "/in")
    #expect(trial.status == 0, "\(trial)")
    #expect(try reports() == 30)
    let first = try program.run("ingest", "--config", config, program.folder + "/in")
    #expect(first.status == 0 && first.errors.contains("30 reports for days before 20"), "\(first)")
    #expect(try reports() == 0)
    let second = try program.run("ingest", "--config", config, program.folder + "/in")
    #expect(second.status == 0 && second.errors.isEmpty, "\(second)")
  }

  @Test func aKilledRunIsContinuedAndReadersNeverWait() throws {
    try ingest(Program.isLong ? 10_000 : 1_500)
    let all = try #require(try reports())
    let readers = try (0..<10).map { _ in
      let reader = Process()
      reader.executableURL = URL(fileURLWithPath: "/bin/sh")
      reader.arguments = [
        "-c", "until [ -e \"$0/stop\" ]; do \"$1\" db check -b \"$0/reports.sqlite\" || exit 1; done", program.folder,
        Program.binary,
      ]
      reader.standardOutput = FileHandle.nullDevice
      try reader.run()
      return reader
    }
    for _ in 0..<3 {
      let before = try #require(try reports())
      let prune = program.process(["db", "prune", "--before", "2026-01-01"])
      prune.standardOutput = FileHandle.nullDevice
      try prune.run()
      while prune.isRunning, try reports() == before { usleep(1_000) }
      kill(prune.processIdentifier, SIGKILL)
      prune.waitUntilExit()
      #expect(try program.run("db", "check").status == 0)
      #expect(try #require(try reports()) <= before)
    }
    let last = try program.run("db", "prune", "--before", "2026-01-01")
    #expect(last.status == 0 && !last.output.isEmpty, "\(last)")
    #expect(all > 0)
    #expect(try reports() == 0)
    #expect(FileManager.default.createFile(atPath: program.folder + "/stop", contents: nil))
    for reader in readers {
      reader.waitUntilExit()
      #expect(reader.terminationStatus == 0)
    }
    let totals = try program.totals()
    #expect(["sources", "flows", "reporters", "policy_domains"].allSatisfy { totals[$0] == 0 }, "\(totals)")
  }
}
