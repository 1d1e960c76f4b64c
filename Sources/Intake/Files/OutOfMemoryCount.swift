import Glibc

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
    count.system = ProcessStatistics.number("oom_kill", in: "/proc/vmstat") ?? -1
    // Version 2 of control groups has a line of its own.
    let groups = ProcessStatistics.text("/proc/self/cgroup").split(separator: "\n")
    if let group = groups.first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) {
      count.group = ProcessStatistics.number("oom_kill", in: "/sys/fs/cgroup\(group)/memory.events") ?? -1
      count.groupName = group.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    return count
  }
}
