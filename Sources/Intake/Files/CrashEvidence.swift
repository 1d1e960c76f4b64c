import DMARC
import Glibc

/// What a run records about itself in its journal while it reads an input in isolation, so that the next run can decide whether the input
/// caused a crash: the first 64 bytes of the file.
///
/// A killed run leaves no other trace. Many are killed by people or power failures; the input is to blame only if memory or time ran out.
struct CrashEvidence: Equatable {
  /// The signal of a fault of the program, written by the signal handler; 0 for none.
  var signal: UInt8 = 0
  /// The maximum growth of private memory while the input was read in isolation, in bytes.
  var growth: Int64 = 0
  /// Processor time since anything was last found in the input, in milliseconds.
  var stalled: Int64 = 0
  /// How often the memory of the system and of the control group had run out when the input was started.
  var outOfMemory = OutOfMemoryCount()

  static let length = 64
  /// The offset of the signal in the bytes.
  static let signalOffset = 1
  private static let kind: UInt8 = 5

  /// The number of strikes that quarantine an input: certain evidence counts 2, likely evidence 1.
  static let enoughStrikes: UInt8 = 2
  /// Growth in bytes that no genuine input causes: an input uses at most a few dozen MiB.
  static let suspiciousGrowth: Int64 = 256 << 20
  /// Growth in bytes from which this process probably exhausted the memory of the system.
  static let someGrowth: Int64 = 16 << 20
  /// Processor time without any finding that is suspicious, in milliseconds.
  static let suspiciousStall: Int64 = 60_000

  init() {}

  /// The number of strikes that a crash counts for the one input that was being read.
  /// - Parameter now: how often memory has run out until now.
  func strikes(_ now: OutOfMemoryCount) -> UInt8 {
    if signal != 0 { return Self.enoughStrikes }
    let ranOutOfMemory =
      now.groupHasRunOut(since: outOfMemory) || growth >= Self.someGrowth && now.systemHasRunOut(since: outOfMemory)
    return growth >= Self.suspiciousGrowth || stalled >= Self.suspiciousStall || ranOutOfMemory ? 1 : 0
  }

  // MARK: Bytes

  var bytes: [UInt8] {
    var bytes: [UInt8] = [Self.kind, signal, 0, 0, 0, 0, 0, 0]
    for number in [growth, stalled, outOfMemory.system, outOfMemory.group, Int64(bitPattern: outOfMemory.groupName)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes + [UInt8](repeating: 0, count: Self.length - bytes.count)
  }

  /// Decodes the record at the start of a journal; nil if there is none.
  init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes.prefix(Self.length))
    guard bytes.count == Self.length, bytes[0] == Self.kind else { return nil }
    func number(_ index: Int) -> Int64 {
      let start = 8 + index * 8
      return Int64(bitPattern: bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    signal = bytes[Self.signalOffset]
    growth = number(0)
    stalled = number(1)
    outOfMemory = OutOfMemoryCount(system: number(2), group: number(3), groupName: UInt64(bitPattern: number(4)))
  }
}

/// How often the system has killed a process because memory ran out.
struct OutOfMemoryCount: Equatable {
  /// In the whole system since boot; -1 if unknown.
  var system: Int64 = -1
  /// In the control group of this process; -1 if unknown.
  var group: Int64 = -1
  /// A hash of the name of the control group, because a service may get a new one at each start.
  var groupName: UInt64 = 0

  /// Whether the control group's memory has run out since an earlier count.
  func groupHasRunOut(since earlier: OutOfMemoryCount) -> Bool {
    earlier.group >= 0 && group > earlier.group && groupName == earlier.groupName
  }

  /// Whether memory has run out anywhere since an earlier count.
  func systemHasRunOut(since earlier: OutOfMemoryCount) -> Bool { earlier.system >= 0 && system > earlier.system }
}

extension OutOfMemoryCount {
  /// The current counts.
  static var now: OutOfMemoryCount {
    var count = OutOfMemoryCount()
    count.system = ProcessFigures.number("oom_kill", in: "/proc/vmstat") ?? -1
    // Version 2 of control groups has a line of its own.
    let groups = ProcessFigures.text("/proc/self/cgroup").split(separator: "\n")
    if let group = groups.first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) {
      count.group = ProcessFigures.number("oom_kill", in: "/sys/fs/cgroup\(group)/memory.events") ?? -1
      count.groupName = group.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    return count
  }
}

/// Statistics of this process and of the system, from `/proc`.
enum ProcessFigures {
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
