import Glibc

/// Size and time of a database file and its write-ahead log, from which a reader without locks sees that somebody wrote meanwhile.
struct FileState: Sendable, Hashable {
  private let file: Single
  /// Nil if there is no write-ahead log.
  private let log: Single?

  /// Whether there is a write-ahead log.
  var hasLog: Bool { log != nil }
  /// Whether the log may contain changes that are not in the file.
  var hasLoggedChanges: Bool { (log?.size ?? 0) > 0 }

  /// The state now; nil if there is no file.
  init?(_ path: String) {
    guard let file = Single(path) else { return nil }
    self.file = file
    log = Single(path + "-wal")
  }

  /// The state once the files have been at rest for longer than the clock of the file system needs to show another change; nil if there
  /// is no file or it does not come to rest.
  static func atRest(_ path: String) -> FileState? {
    for _ in 0..<100 {
      guard let state = FileState(path) else { return nil }
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      let age = Double(now.tv_sec) - state.latest + Double(now.tv_nsec) / 1e9
      if abs(age) > restTime { return state }
      usleep(10_000)
    }
    return nil
  }

  /// Seconds; the clocks of file systems advance every 1 to 10 ms.
  private static let restTime = 0.03

  /// The time of the last change, epoch seconds.
  private var latest: Double { max(file.latest, log?.latest ?? 0) }

  private struct Single: Sendable, Hashable {
    let device, inode: UInt64
    let size: Int64
    /// Seconds and nanoseconds. The time of the last change is of no use: SQLite changes the owner of a log that it opens as root.
    let modified: [Int]

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      size = Int64(status.st_size)
      modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }

    var latest: Double { Double(modified[0]) + Double(modified[1]) / 1e9 }
  }
}
