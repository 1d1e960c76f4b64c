import Foundation
import Testing

@testable import dmarcstat

/// Parts of `doctor` that a test of the program cannot bring about.
@Suite struct DoctorPartsTests {
  @Test func spaceOnTheDisk() {
    #expect(DiskSpace.state(free: 1 << 20, database: 0) == .error)
    #expect(DiskSpace.state(free: 100 << 20, database: 0) == .warning)
    #expect(DiskSpace.state(free: 1 << 30, database: 5 << 30) == .ok)
    // A database of 50 GB needs more than a small one.
    #expect(DiskSpace.state(free: 1 << 30, database: 50 << 30) == .warning)
  }

  /// The sticky bit protects what is in a folder, and means nothing for a file.
  @Test func theStickyBitIsForFolders() throws {
    let folder = NSTemporaryDirectory() + "dmarcstat-rights-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: folder + "/file"))
    for path in [folder, folder + "/file"] { #expect(chmod(path, 0o1777) == 0) }
    #expect(try #require(FileRights(folder)).othersMayWrite == false)
    #expect(try #require(FileRights(folder + "/file")).othersMayWrite)
  }

  @Test func scheduledRuns() throws {
    let root = NSTemporaryDirectory() + "dmarcstat-schedule-" + UUID().uuidString + "/"
    defer { try? FileManager.default.removeItem(atPath: root) }
    func write(_ path: String, _ text: String) throws {
      let folder = URL(fileURLWithPath: root + path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(fileURLWithPath: root + path))
    }
    #expect(DoctorSchedule(root: root).entries.isEmpty)
    try write("etc/cron.d/dmarcstat", "# 17 * * * * root dmarcstat ingest\n")
    #expect(DoctorSchedule(root: root).entries.isEmpty)
    try write("etc/cron.d/dmarcstat", "17 * * * * root /usr/local/bin/dmarcstat ingest --quiet\n")
    #expect(DoctorSchedule(root: root).entries == [root + "etc/cron.d/dmarcstat"])
    try write("etc/cron.d/dmarcstat", "")
    try write("lib/systemd/system/dmarcstat.service", "[Service]\nExecStart=/usr/bin/dmarcstat ingest --quiet\n")
    #expect(DoctorSchedule(root: root).disabledUnits == ["dmarcstat"])
    // The timer of the same name is enabled.
    try write("etc/systemd/system/timers.target.wants/dmarcstat.timer", "")
    let schedule = DoctorSchedule(root: root)
    #expect(schedule.entries == ["dmarcstat"] && schedule.disabledUnits.isEmpty && !schedule.isPartial)
  }
}
