import DMARC
import Glibc
import Intake
import Render
import Settings
import Store

/// The database: whether it can be opened and written, is whole, and grows.
extension Doctor {
  /// - Returns: the database, if it can be read.
  mutating func checkDatabase() -> ReportDatabase? {
    let path: String
    do { path = try request.databaseOptions.path(configuration) } catch {
      findings.add(.database, "", .error, "database-unusable", ["cause": CommandError(error)?.message ?? "\(error)"])
      return nil
    }
    let folder = FileRights.nearestFolder(FileRights.folder(of: path))
    checkSpace(folder, database: path)
    guard let rights = FileRights(path) else {
      if FileRights.mayWrite(folder) {
        findings.add(.database, path, .warning, "database-missing")
      } else {
        findings.add(.database, path, .error, "database-folder", ["folder": folder])
      }
      return nil
    }
    if rights.othersMayWrite {
      findings.add(.database, path, .error, "file-writable", ["mode": rights.octal])
    } else if rights.mode & 0o004 != 0 {
      findings.add(.database, path, .warning, "database-readable", ["mode": rights.octal])
    }
    if !FileRights.mayWrite(path) || !FileRights.mayWrite(folder) {
      findings.add(.database, path, .warning, "database-not-writable", ["owner": rights.readers])
    }
    do {
      let database = try ReportDatabase(path: path, access: .readOnly)
      try checkContents(database, path)
      return database
    } catch let error as StoreError where error.remedy == .ingestFirst {
      findings.add(.database, path, .warning, "database-empty", ["owner": rights.readers])
      return nil
    } catch {
      findings.add(.database, path, .error, "database-unusable", ["cause": CommandError(error)?.message ?? "\(error)"])
      return nil
    }
  }

  /// The most bytes of a database that is checked for damage: a few seconds.
  private static let mostCheckedBytes: Int64 = 1 << 30
  /// Seconds without an ingest after which something is wrong. Most run once an hour or a day.
  private static let longestPause: Int64 = 3 * 86_400

  private mutating func checkContents(_ database: ReportDatabase, _ path: String) throws {
    let info = try database.info()
    let values = ["reports": NumberText.grouped(info.reports), "domains": NumberText.grouped(info.policyDomains)]
    findings.add(.database, path, .ok, "database-ok", values)
    if info.bytes > Self.mostCheckedBytes {
      findings.add(.database, path, .cannotTell, "database-large")
    } else if let problem = try database.quickCheck() {
      findings.add(.database, path, .error, "database-damaged", ["problem": problem])
    }
    guard let last = try database.lastReading() else {
      return findings.add(.database, path, .warning, "ingest-never")
    }
    let age = now.subtractingClamped(last)
    let days = ["days": "\(age / 86_400)", "day": "\(configuration.timeZone.day(at: last))"]
    if age > Self.longestPause {
      findings.add(.database, path, .warning, "ingest-old", days)
    } else {
      findings.add(.database, path, .ok, "ingest-ok", days)
    }
  }

  private mutating func checkSpace(_ folder: String, database: String) {
    guard let free = FreeSpace.bytes(at: PathText.native(folder)) else { return }
    var file = stat()
    let size = stat(PathText.native(database), &file) == 0 ? Int64(file.st_size) : 0
    let state = DiskSpace.state(free: free, database: size)
    findings.add(
      .database, folder, state, state == .ok ? "space-ok" : "space-low", ["free": NumberText.grouped(free >> 20)])
  }
}

/// Whether the free space of a disk is enough for a database.
enum DiskSpace {
  /// - Parameters: free space and size of the database, in bytes.
  static func state(free: Int64, database: Int64) -> DoctorFinding.State {
    if free < 16 << 20 { return .error }
    return free < max(256 << 20, database / 10) ? .warning : .ok
  }
}
