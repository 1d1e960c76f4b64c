import Glibc
import Intake

/// The user that the services of the package run as.
struct ServiceUser {
  static let name = "dmarcstat"

  private let id: uid_t
  private var groups: Set<gid_t>

  /// The maximum number of groups that are looked up.
  private static let mostGroups: Int32 = 1_024

  /// - Returns: nil if there is no such user.
  init?() {
    guard let entry = getpwnam(Self.name)?.pointee else { return nil }
    id = entry.pw_uid
    var list = [gid_t](repeating: 0, count: Int(Self.mostGroups))
    var count = Self.mostGroups
    let isComplete = getgrouplist(Self.name, entry.pw_gid, &list, &count) >= 0
    groups = Set(list.prefix(isComplete ? Int(count) : 0)).union([entry.pw_gid])
  }

  /// The user of this process, if it is the one that services run as.
  static var current: ServiceUser? {
    guard let user = ServiceUser(), user.id == geteuid(), user.id != 0 else { return nil }
    return user
  }

  /// Whether the user may read a file, or list a folder. Access control lists are not considered.
  func mayRead(_ path: String) -> Bool {
    var parts = path.split(separator: "/").map(String.init)
    guard let rights = FileRights(path) else { return false }
    guard has(rights.isFolder ? 0o5 : 0o4, rights) else { return false }
    while parts.popLast() != nil {
      guard let rights = FileRights("/" + parts.joined(separator: "/")), has(0o1, rights) else { return false }
    }
    return true
  }

  private func has(_ wanted: mode_t, _ rights: FileRights) -> Bool {
    let shift: mode_t = rights.owner == id ? 6 : groups.contains(rights.group) ? 3 : 0
    return rights.mode >> shift & wanted == wanted
  }

  private static let unitFolders = [
    "/etc/systemd/system", "/usr/local/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system",
  ]

  /// Whether the timer of the package is installed.
  static var hasTimer: Bool {
    unitFolders.contains { access(PathText.native("\($0)/dmarcstat.timer"), F_OK) == 0 }
  }
}
