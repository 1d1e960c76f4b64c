import DMARC
import Glibc

/// Statistics of this process and of the system, from `/proc`.
enum ProcessStatistics {
  static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// The number that follows a word at the start of a line.
  static func number(_ name: String, in path: String) -> Int64? {
    text(path).split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Int64($0.dropFirst(name.utf8.count + 1)) }
  }

  /// The size of private memory in bytes.
  static var privateMemory: Int64 {
    let pages = text("/proc/self/statm").split(separator: " ").prefix(3).compactMap { Int64($0) }
    guard pages.count == 3 else { return 0 }
    return pages[1].subtractingClamped(pages[2]).multipliedClamped(by: Int64(clamping: sysconf(Int32(_SC_PAGESIZE))))
  }

  /// The processor time of this process in milliseconds.
  static var processorTime: Int64 {
    var time = timespec()
    // The seconds of this process and a fraction of a second: both are small.
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec).multipliedClamped(by: 1_000).addingClamped(Int64(time.tv_nsec) / 1_000_000)
  }
}
