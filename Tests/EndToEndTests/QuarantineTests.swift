import Foundation
import Testing

/// The next run knows about a crash, finds the input that caused it, and does not delay other inputs.
@Suite struct QuarantineTests {
  private static let aLot = 150_000

  private static func report(_ id: String, rows: Int) -> String {
    let record = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record>"
    return """
      <feedback><report_metadata><org_name>R</org_name><report_id>\(id)</report_id><date_range><begin>1790812800</begin>
      <end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
      \(String(repeating: record, count: rows))</feedback>
      """
  }

  private static func mail(_ id: String, rows: Int = 2) -> String {
    """
    From a@mx.example.net Thu Oct  1 06:00:00 2026
    From: a@mx.example.net
    Subject: report
    Content-Type: text/xml

    \(report(id, rows: rows))


    """
  }

  private static func journalFiles(_ program: Program) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: program.folder).filter { $0.contains("-reading-") })
  }

  /// The entries of journals, except for those of earlier runs.
  private static func entries(_ program: Program, except left: Set<String> = []) throws -> [[UInt8]] {
    try journalFiles(program).subtracting(left).flatMap { name -> [[UInt8]] in
      let bytes = [UInt8](FileManager.default.contents(atPath: program.folder + "/" + name) ?? Data())
      return stride(from: 0, to: bytes.count - 63, by: 64).map { Array(bytes[$0..<$0 + 64]) }
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
    Int64(bitPattern: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The key of an input in the journal.
  private static func name(_ program: Program, _ path: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    let hash = Array(try Program.finish(process, input: try program.write("path", path)).output.prefix(32))
    return stride(from: 0, to: hash.count, by: 2).compactMap { UInt8(String(hash[$0...$0 + 1]), radix: 16) }
  }

  /// Starts a run and sends it a signal as soon as the journal shows that an input and a certain message in it are being read.
  private func signalled(
    _ program: Program, _ arguments: [String], _ number: Int32 = SIGSEGV, reading path: String, kinds: Set<UInt8>,
    mail: Int64 = 0
  ) throws {
    let name = try Self.name(program, path)
    let left = try Self.journalFiles(program)
    // Signals are ignored if a shell runs the tests in the background, and children inherit that.
    if number != SIGKILL { signal(number, SIG_DFL) }
    let process = program.process(arguments)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let isThere = { (entry: [UInt8]) in
      kinds.contains(entry[0]) && Array(entry[32..<48]) == name && Self.number(entry[16..<24]) == mail
    }
    while process.isRunning, try !Self.entries(program, except: left).contains(where: isThere) { usleep(500) }
    #expect(process.isRunning, "it came to its end before it was seen reading")
    kill(process.processIdentifier, number)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == number)
  }

  @Test func crashingInputIsQuarantinedWithoutDelayingOthers() throws {
    let program = try Program()
    for id in 0..<6 { _ = try program.write("in/\(id).xml", Self.report("\(id)", rows: 2)) }
    let poison = try program.write("in/3-poison.xml", Self.report("poison", rows: Self.aLot))
    let arguments = ["ingest", program.folder + "/in"]
    try signalled(program, arguments, reading: poison, kinds: [1])
    // New inputs are read first, then each suspect in isolation.
    _ = try program.write("in/new.xml", Self.report("new", rows: 2))
    try signalled(program, arguments, SIGILL, reading: poison, kinds: [3])
    // The other suspects may be read before or after it.
    #expect(try program.totals()["reports"] ?? 0 >= 2)
    let quarantining = try program.run(arguments)
    #expect(quarantining.status == 1)
    #expect(
      quarantining.errors.contains(
        "3-poison.xml: it was not read, because the program ended abnormally while reading it: "))
    #expect(try program.totals()["reports"] == 7)
    #expect(try Self.journalFiles(program).isEmpty)
    let rejects = try #require(try program.json("rejects") as? [[String: Any]])
    #expect(rejects.first?["code"] as? String == "quarantined")
    let after = try program.run(arguments)
    #expect((after.status, after.errors) == (0, ""))
    // After an inspection, it can be read again.
    #expect(try program.run(arguments + ["--retry"]).status == 0)
    #expect(try program.totals()["reports"] == 8)
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func changedFileIsADifferentInput() throws {
    let program = try Program()
    let poison = try program.write("in/a.xml", Self.report("poison", rows: Self.aLot))
    let arguments = ["ingest", program.folder + "/in"]
    for kinds in [[1], [3]] as [Set<UInt8>] { try signalled(program, arguments, reading: poison, kinds: kinds) }
    _ = try program.write("in/a.xml", Self.report("good", rows: 3))
    #expect(try program.run(arguments).status == 0)
    #expect(try program.totals()["reports"] == 1)
  }

  @Test func onlyTheMessageOfAnMboxFileIsQuarantined() throws {
    let program = try Program()
    let before = (0..<3).map { Self.mail("b\($0)") }.joined()
    let after = (0..<3).map { Self.mail("a\($0)") }.joined()
    let mbox = try program.write("mbox", before + Self.mail("poison", rows: Self.aLot) + after)
    let offset = Int64(before.utf8.count)
    let arguments = ["ingest", mbox]
    try signalled(program, arguments, reading: mbox, kinds: [1], mail: offset)
    try signalled(program, arguments, reading: mbox, kinds: [3], mail: offset)
    #expect(try program.totals()["reports"] == 6)
    // Messages that arrive in the meantime change nothing.
    let handle = try #require(FileHandle(forWritingAtPath: mbox))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(Self.mail("b0").utf8))
    try handle.close()
    let quarantining = try program.run(arguments)
    #expect(quarantining.status == 1)
    #expect(quarantining.errors.contains("mbox#byte \(offset): it was not read"))
    #expect(try program.totals()["reports"] == 6)
    #expect(try program.run(arguments).status == 0)
    #expect(try Self.journalFiles(program).isEmpty)
    #expect(try program.run(arguments + ["--retry"]).status == 0)
    #expect(try program.totals()["reports"] == 7)
  }

  /// A run that is killed by a person or a power failure says nothing about the input that it was reading.
  @Test func unrelatedCrashDoesNotQuarantineAnInput() throws {
    let program = try Program()
    let file = try program.write("in/a.xml", Self.report("large", rows: Self.aLot))
    let other = try program.write("in/b.xml", Self.report("other", rows: 2))
    let arguments = ["ingest", program.folder + "/in"]
    try signalled(program, arguments, SIGKILL, reading: file, kinds: [1])
    for _ in 0..<5 { try signalled(program, arguments, SIGKILL, reading: file, kinds: [3]) }
    // Other suspects are read before one that caused a crash.
    #expect(try program.totals()["reports"] == 1, "\(other)")
    #expect(try program.run(arguments).status == 0)
    #expect(try program.totals()["reports"] == 2)
    #expect(try Self.journalFiles(program).isEmpty)
  }

  @Test(arguments: [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS])
  func eachFaultOfTheProgramIsRecorded(signal: Int32) throws {
    let program = try Program()
    let file = try program.write("a.xml", Self.report("large", rows: Self.aLot))
    for kinds in [[1], [3]] as [Set<UInt8>] {
      try signalled(program, ["ingest", file], signal, reading: file, kinds: kinds)
    }
    let quarantining = try program.run("ingest", file)
    #expect(quarantining.status == 1)
    #expect(quarantining.errors.contains("a.xml: it was not read"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func terminationBySignalIsNotACrash(signal: Int32) throws {
    let program = try Program()
    let file = try program.write("in/a.xml", Self.report("large", rows: Self.aLot))
    for _ in 0..<3 {
      try signalled(program, ["ingest", program.folder + "/in"], signal, reading: file, kinds: [1])
      #expect(try Self.journalFiles(program).isEmpty)
    }
  }

  @Test func dryRunKeepsNoJournal() throws {
    let program = try Program()
    let file = try program.write("a.xml", Self.report("1", rows: 2))
    #expect(try program.run("ingest", "--dry-run", file).status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: program.folder).allSatisfy { !$0.contains("-reading-") })
  }
}
