import Glibc

/// What a run notes of itself in its journal while it reads an input alone, so that the next run can tell whether the input is to blame for its
/// death: the first 64 bytes of the file.
///
/// A run that is killed leaves no other trace. Many are killed by a person or lose power; the input is to blame only if memory or time ran out.
struct CrashEvidence: Equatable {
  /// The signal of a fault of the program itself; 0 for none. The signal handler writes it.
  var signal: UInt8 = 0
  /// Bytes of private memory that were added while the input was read alone, at most.
  var growth: Int64 = 0
  /// Milliseconds of processor time since anything was last found in the input.
  var stalled: Int64 = 0
  /// How often the system's and the control group's memory had run out by the time the input was begun.
  var outOfMemory = OutOfMemoryCount()

  static let length = 64
  /// The place of the signal among the bytes.
  static let signalOffset = 1
  private static let kind: UInt8 = 5

  /// Strikes that quarantine an input: one that is certain, or two that are likely.
  static let enoughStrikes: UInt8 = 2
  /// No genuine input needs so much: what is held of one is bounded to a few dozen MiB.
  static let suspiciousGrowth: Int64 = 256 << 20
  /// Growth that makes it likely that it was this process for which the system had no more memory.
  static let someGrowth: Int64 = 16 << 20
  /// Processor time without finding anything, in milliseconds.
  static let suspiciousStall: Int64 = 60_000

  init() {}

  /// Strikes that a death is worth for the one input that was being read.
  /// - Parameter now: how often memory has run out by now.
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

  /// The note at the start of a journal; nil if there is none.
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
  /// In the whole system since it was started; -1 if unknown.
  var system: Int64 = -1
  /// In the control group of this process; -1 if unknown.
  var group: Int64 = -1
  /// A hash of the name of that group: a service may get a new one at each start.
  var groupName: UInt64 = 0

  /// Whether the control group's memory has run out since an earlier count.
  func groupHasRunOut(since earlier: OutOfMemoryCount) -> Bool {
    earlier.group >= 0 && group > earlier.group && groupName == earlier.groupName
  }

  /// Whether memory has run out anywhere since an earlier count.
  func systemHasRunOut(since earlier: OutOfMemoryCount) -> Bool { earlier.system >= 0 && system > earlier.system }
}

extension OutOfMemoryCount {
  /// The counts of now.
  static var now: OutOfMemoryCount {
    var count = OutOfMemoryCount()
    count.system = ProcessFigures.number("oom_kill", in: "/proc/vmstat") ?? -1
    // Version 2 of control groups names them in a line of their own.
    let groups = ProcessFigures.text("/proc/self/cgroup").split(separator: "\n")
    if let group = groups.first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) {
      count.group = ProcessFigures.number("oom_kill", in: "/sys/fs/cgroup\(group)/memory.events") ?? -1
      count.groupName = group.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    return count
  }
}

/// Figures of this process and of the system, from `/proc`.
enum ProcessFigures {
  static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// The number behind a word at the start of a line.
  static func number(_ name: String, in path: String) -> Int64? {
    text(path).split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Int64($0.dropFirst(name.utf8.count + 1)) }
  }

  /// Bytes of memory that are not shared with files.
  static var privateMemory: Int64 {
    let pages = text("/proc/self/statm").split(separator: " ").prefix(3).compactMap { Int64($0) }
    guard pages.count == 3 else { return 0 }
    return pages[1].subtractingClamped(pages[2]).multipliedClamped(by: Int64(clamping: sysconf(Int32(_SC_PAGESIZE))))
  }

  /// Milliseconds of processor time that this process has used.
  static var processorTime: Int64 {
    var time = timespec()
    // Seconds that this process has run, and less than a second: both are small.
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec).multipliedClamped(by: 1_000).addingClamped(Int64(time.tv_nsec) / 1_000_000)
  }
}
