import Foundation
import Testing

/// Unusual files, pipes and folders.
extension BadDayTests {
  @Test func namedFIFOIsReadAndNotRecorded() throws {
    let program = try Program()
    let report = try program.write("a.xml", Self.report("1"))
    let process = program.process([])
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c", "'\(Program.binary)' ingest <(cat '\(report)') && '\(Program.binary)' ingest /dev/stdin < '\(report)'",
    ]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("1 new report") && result.output.contains("1 duplicate"))
  }

  @Test func endlessStreamsAreRejected() throws {
    let program = try Program()
    for command in ["ingest", "parse", "lint"] {
      for device in ["/dev/zero", "/dev/full", "/dev/urandom"] {
        let result = try program.run(command, device)
        #expect(result.status == 1 || result.status == 3)
        #expect(result.errors.contains("\(device): it is a device that never ends"), "\(command): \(result.errors)")
      }
      guard command != "lint" else { continue }
      for source in ["<(yes)", "- < /dev/zero", "- < <(cat /dev/zero)"] {
        let process = program.process([])
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
          "-c", "'\(Program.binary)' \(command) --max-inflated-bytes 3000000 --max-mail-bytes 1000000 \(source)",
        ]
        let result = try Program.finish(process)
        #expect(result.status == 1 || result.status == 3)
        #expect(
          result.errors.contains("more than 3000000 bytes: write it to a file first, or raise --max-inflated-bytes")
            || result.errors.contains("a device that never ends"), "\(command) \(source): \(result.errors)")
      }
    }
    let empty = try program.run("ingest", "/dev/null")
    #expect(empty.status == 1 && !empty.errors.contains("without an end"), "\(empty)")
  }

  @Test func fifoInAFolderDoesNotBlock() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report("1"))
    #expect(mkfifo(program.folder + "/in/pipe", 0o600) == 0)
    let result = try program.run("ingest", program.folder + "/in")
    #expect(result.status == 0)
    #expect(result.errors.contains("/in/pipe: it is a FIFO, not a file, so it was skipped"))
  }

  @Test func dotNamesAreReportedOnceByQuietRuns() throws {
    let program = try Program()
    for name in ["a.xml", ".hidden/b.xml", ".fresh.xml", ".delivery.tmp"] {
      _ = try program.write("in/" + name, Self.report(name))
    }
    let folder = program.folder + "/in"
    let first = try program.run("ingest", "--quiet", folder)
    #expect(first.status == 0 && first.errors.contains("/in/.hidden: its name starts with a dot"), "\(first)")
    #expect(!first.errors.contains("fresh") && !first.errors.contains("delivery"))
    let again = try program.run("ingest", "--quiet", folder)
    #expect((again.status, again.errors) == (0, ""))
    let loud = try program.run("ingest", folder)
    #expect(loud.output.contains("3 hidden files or folders skipped"))
    for name in [".hidden", ".fresh.xml", ".delivery.tmp"] { #expect(loud.errors.contains("/in/\(name): "), "\(loud)") }
    #expect(try program.run("ingest", "--quiet", folder).errors.isEmpty)
  }

  @Test func filesWithNamesThatAreNotUTF8AreReadShownAndMoved() throws {
    let program = try Program()
    let report = try program.write("a.xml", Self.report("1"))
    let process = program.process([])
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c",
      """
      mkdir '\(program.folder)/in'; n=$'\\xff\\xfe.xml'; cp '\(report)' "\(program.folder)/in/$n"; echo '<feedback>' > "\(program.folder)/in/x$n"
      '\(Program.binary)' ingest "\(program.folder)/in/x$n" '\(program.folder)/in' --after 'move:\(program.folder)/done'
      ls '\(program.folder)/done' | od -An -tx1
      """,
    ]
    let result = try Program.finish(process)
    #expect(result.errors.contains("/in/x\\xFF\\xFE.xml: "), "\(result)")
    #expect(result.output.contains("1 new report"))
    #expect(result.output.contains("ff fe 2e 78 6d 6c"), "\(result)")
    #expect(try program.run("ingest", program.folder + "/in").output.contains("1 already read"))
  }

  @Test func movingNeverReplacesOrLosesAFile() throws {
    let program = try Program()
    let done = program.folder + "/done"
    // A source in the target folder.
    let inside = try program.write("done/here.xml", Self.report("0"))
    #expect(try program.run("ingest", "--after", "move:" + done, inside).status == 3)
    #expect(FileManager.default.fileExists(atPath: inside))
    #expect(try program.run("ingest", "--after", "move:" + done, done).status == 2)
    // Names taken by a folder, a broken link and another file.
    _ = try program.write("in/a.xml", Self.report("1"))
    try FileManager.default.createDirectory(atPath: done + "/a.xml", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: done + "/a.xml.1", withDestinationPath: "nowhere")
    // A taken name of 255 bytes.
    let long = String(repeating: "ü", count: 125) + "a.xml"
    _ = try program.write("in/" + long, Self.report("2"))
    _ = try program.write("done/" + long, "other")
    // A link and its target stay.
    let outside = try program.write("outside.xml", Self.report("3"))
    try FileManager.default.createSymbolicLink(
      atPath: program.folder + "/in/link.xml", withDestinationPath: "../outside.xml")
    let result = try program.run("ingest", "--after", "move:" + done, program.folder + "/in")
    #expect(result.status == 0, "\(result)")
    #expect(result.errors.contains("link.xml: it is stored, but stays because it is a symbolic link"))
    #expect(FileManager.default.fileExists(atPath: done + "/a.xml.2"))
    #expect(FileManager.default.fileExists(atPath: outside))
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/in") == ["link.xml"])
    #expect(try String(contentsOfFile: done + "/" + long, encoding: .utf8) == "other")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: done).contains(String(repeating: "ü", count: 125) + "a.x.1"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: done).count == 6)
  }

  @Test func moveToAnotherFileSystemCopiesCompletely() throws {
    let program = try Program()
    let done = "/dev/shm/dmarcstat-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: done) }
    guard FileManager.default.isWritableFile(atPath: "/dev/shm") else { return }
    for name in ["a/x.xml", "b/x.xml"] { _ = try program.write("in/" + name, Self.report(name)) }
    let result = try program.run("ingest", "--after", "move:" + done, program.folder + "/in")
    #expect(result.status == 0, "\(result)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: done).sorted() == ["x.xml", "x.xml.1"])
    #expect(try String(contentsOfFile: done + "/x.xml", encoding: .utf8) == Self.report("a/x.xml"))
  }

  @Test func copiesOfAKilledRunAreRemoved() throws {
    let program = try Program()
    let done = program.folder + "/done"
    let (left, used, other) = (done + "/.dmarcstat.aB3xYz", done + "/.dmarcstat.aB3xYy", done + "/.dmarcstat.notes1.x")
    for path in [left, used, other] { _ = try program.write(String(path.dropFirst(program.folder.count + 1)), "x") }
    let descriptor = open(used, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let path = try program.write("in/a.xml", Self.report("1"))
    #expect(try program.run("ingest", "--dry-run", "--after", "move:" + done, path).status == 0)
    #expect(FileManager.default.fileExists(atPath: left))
    #expect(try program.run("ingest", "--after", "move:" + done, path).status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: done).sorted()
    #expect(names == [".dmarcstat.aB3xYy", ".dmarcstat.notes1.x", "a.xml"])
  }

  @Test func nothingIsCleanedUpWithoutTheDatabase() throws {
    let program = try Program()
    let path = try program.write("in/a.xml", Self.report("1"))
    let process = program.process([])
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    // The database is removed once inputs are being read, and the report arrives after that.
    process.arguments = [
      "-c",
      """
      '\(Program.binary)' ingest --after delete <(until compgen -G '\(program.database)-reading-*' >/dev/null; do sleep 0.05; done
        rm '\(program.database)'*; cat '\(path)') '\(path)'
      """,
    ]
    let result = try Program.finish(process)
    #expect(result.status == 4, "\(result)")
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test func backupOntoAnExistingFileIsAUsageError() throws {
    let program = try Program()
    _ = try program.run("ingest", Program.samples)
    let copy = program.folder + "/copy.sqlite"
    #expect(try program.run("db", "backup", copy).status == 0)
    #expect(try program.run("db", "backup", copy).status == 2)
    let limit = try limited("ulimit -f 8", program, "db backup '\(program.folder)/other.sqlite'")
    #expect(limit.status == 4)
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/other.sqlite"))
  }
}
