import Foundation
import Glibc

/// Where cron and systemd are told to run `dmarcstat ingest`, as far as this user may look.
struct DoctorSchedule {
  /// The files that name the program.
  private(set) var entries: [String] = []
  /// Units that are installed, but not enabled.
  private(set) var disabledUnits: [String] = []
  /// Whether something could not be looked at.
  private(set) var isPartial = false

  /// The most files that are looked at, and bytes of each.
  private static let mostFiles = 2_000
  private static let mostBytes = 1 << 20

  /// - Parameter root: the folder that holds `etc` and the others; with a slash at its end.
  init(root: String = "/") {
    lookAtCron(root)
    lookAtUnits(root)
  }

  private mutating func lookAtCron(_ root: String) {
    var files = [root + "etc/crontab", root + "etc/anacrontab"]
    for folder in ["etc/cron.d", "etc/cron.hourly", "etc/cron.daily", "etc/cron.weekly", "var/spool/cron/crontabs"] {
      let path = root + folder
      if let names = try? FileManager.default.contentsOfDirectory(atPath: path) {
        files += names.sorted().map { "\(path)/\($0)" }
      } else if access(path, F_OK) == 0 {
        isPartial = true
      }
    }
    for file in files.prefix(Self.mostFiles) where names(file) { entries.append(file) }
  }

  private static let unitFolders = [
    "etc/systemd/system", "usr/local/lib/systemd/system", "lib/systemd/system", "usr/lib/systemd/system",
    "run/systemd/system",
  ]

  /// Units that run the program, and whether a target or timer starts them.
  private mutating func lookAtUnits(_ root: String) {
    var units: Set<String> = []
    var enabled: Set<String> = []
    for folder in Self.unitFolders {
      let path = root + folder
      for name in (try? FileManager.default.contentsOfDirectory(atPath: path))?.prefix(Self.mostFiles) ?? [] {
        if name.hasSuffix(".service"), names("\(path)/\(name)") {
          units.insert(String(name.dropLast(".service".count)))
        }
        guard name.hasSuffix(".wants") else { continue }
        for link in (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)"))?.prefix(Self.mostFiles)
          ?? []
        {
          if let dot = link.lastIndex(of: ".") { enabled.insert(String(link[..<dot])) }
        }
      }
    }
    for unit in units.sorted() {
      if enabled.contains(unit) { entries.append(unit) } else { disabledUnits.append(unit) }
    }
  }

  /// Whether a file runs the program.
  private func names(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.mostBytes,
      let data = FileManager.default.contents(atPath: path)
    else { return false }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").contains { line in
      !line.hasPrefix("#") && line.contains("dmarcstat") && line.contains("ingest")
    }
  }
}

extension Doctor {
  mutating func checkSchedule() {
    let schedule = DoctorSchedule()
    if !schedule.entries.isEmpty {
      findings.add(
        .schedule, "", .ok, "schedule-ok", ["entries": schedule.entries.prefix(10).joined(separator: ", ")])
    } else if !schedule.disabledUnits.isEmpty {
      findings.add(
        .schedule, "", .warning, "schedule-disabled",
        ["units": schedule.disabledUnits.prefix(10).joined(separator: ", ")])
    } else {
      findings.add(
        .schedule, "", .cannotTell, schedule.isPartial ? "schedule-hidden" : "schedule-none")
    }
  }
}
