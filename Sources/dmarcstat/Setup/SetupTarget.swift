import DMARC
import Foundation
import Glibc
import Intake
import Render
import Settings

/// The configuration file that `init` writes.
struct SetupTarget {
  let path: String

  /// Whether it is that of the machine, which a service with a user of its own reads.
  var isSystem: Bool { path.hasPrefix("/etc/") && geteuid() == 0 }
  /// Only the owner may read the file of a user; a group may read that of the machine.
  var mode: mode_t { isSystem ? 0o640 : 0o600 }
  /// The mode as `chmod` takes it.
  var octalMode: String { "0" + String(mode, radix: 8) }
  /// The group of a service that was installed; nil if there is none.
  private var group: gid_t? { isSystem ? getgrnam("dmarcstat")?.pointee.gr_gid : nil }

  /// - Throws: a ``CommandError`` if there is no default place.
  init(named: String?) throws {
    let environment = ProcessInfo.processInfo.environment["DMARCSTAT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    if let path = named ?? environment {
      self.path = try SetupPath.absolute(path, of: "--config")
    } else if geteuid() == 0 {
      path = Configuration.systemPath
    } else if ServiceUser.current != nil, access(Configuration.systemPath, F_OK) == 0 {
      throw CommandError.usage(
        "the services of this user read \(Configuration.systemPath): run `sudo dmarcstat init`, or name another file with --config"
      )
    } else if let own = Configuration.ownPath {
      path = own
    } else {
      throw CommandError.usage("\(HomeFolder.whyMissing): name the configuration file with --config")
    }
  }

  /// What the file contains now; nil if it does not exist or cannot be read.
  var contents: String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether there is a file that sets anything but the path of the database, which is all that the package's file
  /// sets.
  var isInUse: Bool {
    guard exists else { return false }
    guard let contents else { return true }
    return contents.split(whereSeparator: \.isNewline).contains { line in
      !line.hasPrefix("#") && !line.hasPrefix("database:") && !line.allSatisfy(\.isWhitespace)
    }
  }

  var exists: Bool { access(PathText.native(path), F_OK) == 0 }

  /// Where the database of this configuration is by default.
  var database: String? {
    isSystem
      ? "/var/lib/dmarcstat/reports.sqlite"
      : HomeFolder.folder("XDG_DATA_HOME", default: ".local/share").map { $0 + "/dmarcstat/reports.sqlite" }
  }

  /// Writes the file, complete or not at all.
  /// - Parameter replaces: whether an older file may be replaced; it is kept as it is, with `.old` after its name, or `.old.1` if that
  ///   file exists, and so on.
  func write(_ text: String, replaces: Bool) throws {
    Self.makeFolders(to: path, isSystem ? 0o755 : 0o700)
    let file = try OutputFile(path)
    if replaces { try keepOlder() }
    try file.write(PrintableText(encoded: text), mode: mode, group: group, replaces: replaces)
  }

  /// How many older files are kept.
  private static let mostOlder = 100

  /// Gives the older file, if there is one, a second name. It need not be read for that, and none that was kept before is overwritten.
  private func keepOlder() throws {
    var status = stat()
    guard lstat(PathText.native(path), &status) == 0, [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) else {
      return
    }
    for number in 0..<Self.mostOlder {
      let kept = path + (number == 0 ? ".old" : ".old.\(number)")
      if link(PathText.native(path), PathText.native(kept)) == 0 { return }
      guard errno == EEXIST else { break }
    }
    throw CommandError(
      message:
        "\(path).old: the older file cannot be kept (\(String(cString: strerror(errno)))), so nothing was written: move \(path) away first",
      status: .output)
  }

  private static func makeFolders(to path: String, _ mode: mode_t) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    guard access(PathText.native(folder), F_OK) != 0 else { return }
    makeFolders(to: folder, mode)
    if mkdir(PathText.native(folder), mode) == 0 { chmod(PathText.native(folder), mode) }
  }
}

/// Paths that are written to a configuration, where they must not depend on the current folder.
enum SetupPath {
  /// - Throws: a ``CommandError`` for a path that a configuration cannot contain.
  static func absolute(_ text: String, of option: String) throws -> String {
    let path = try HomeFolder.expanding(try plain(text, of: option))
    return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  /// A value without hidden characters.
  static func plain(_ text: String, of option: String) throws -> String {
    guard !text.isEmpty, !text.unicodeScalars.contains(where: \.isHidden) else {
      throw CommandError.usage("\(option) must not be empty or contain control characters")
    }
    return text
  }
}
