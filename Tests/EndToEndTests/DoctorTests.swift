import Foundation
import Testing

/// `doctor`, on a machine with Dovecot and NSD where one thing at a time is wrong.
@Suite struct DoctorTests {
  @Test(arguments: ["faults", "authorisation", "all_broken"])
  func faults(check: String) async throws { try await PythonChecks.run("doctor.\(check)") }

  @Test func wrongUsage() throws {
    let program = try Program()
    #expect(try program.run("doctor", "--max-time", "0").status == 2)
    #expect(try program.run("doctor", "--lang", "xx").status == 2)
  }

  /// It never creates anything, not even a folder for the database.
  @Test func nothingIsCreated() throws {
    let program = try Program()
    let result = try program.run("doctor", "--local", "-b", program.folder + "/data/reports.sqlite")
    #expect(result.status == 0 && result.output.contains(/does\s+not\s+exist\s+yet/), "\(result)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder).isEmpty)
  }
}
