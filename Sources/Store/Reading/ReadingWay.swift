import GRDB
import Glibc

/// How a database is read, depending on what this process may do with the files beside it.
///
/// A database in WAL mode has two files beside it: the write-ahead log (`-wal`), and the index of the log (`-shm`), which holds the locks
/// of readers. SQLite creates them if they are missing, so a user who may only read could otherwise not read at all.
enum ReadingWay: Sendable, Hashable {
  /// As SQLite does by itself. This process may create the files.
  case ordinary
  /// With the files that are there. SQLite locks as usual, and creates nothing.
  case shared(indexIsWritable: Bool)
  /// Without locks and without an index. What is read is right only if the files do not change meanwhile.
  case watched(FileState)

  /// The first way to try.
  init(_ path: String) {
    guard !Self.mayCreateFiles(path), Self.isLogged(path) else {
      self = .ordinary
      return
    }
    if access(path + "-wal", R_OK) == 0, access(path + "-shm", R_OK) == 0 {
      self = .shared(indexIsWritable: access(path + "-shm", W_OK) == 0)
    } else if let state = FileState.atRest(path) {
      self = .watched(state)
    } else {
      self = .ordinary
    }
  }

  /// Who may not write the file does not create others beside it, even if the folder permits it: its owner could not write those.
  static func mayCreateFiles(_ path: String) -> Bool {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return access(path, W_OK) == 0 && access(folder, W_OK) == 0
  }

  /// Whether the file is in WAL mode, and no other change has to be undone (SQLite, "Database File Format", sections 1.3 and 3).
  private static func isLogged(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var header = [UInt8](repeating: 0, count: 20)
    guard pread(descriptor, &header, header.count, 0) == header.count, header[18] == 2 || header[19] == 2 else {
      return false
    }
    var journal = stat()
    return stat(path + "-journal", &journal) != 0 || journal.st_size == 0
  }

  /// Whether nobody has written, if that would make what is read wrong.
  func isUnchanged(_ path: String) -> Bool {
    if case .watched(let state) = self { FileState(path) == state } else { true }
  }

  /// The name by which SQLite opens the file in this way.
  func name(_ path: String) -> String {
    switch self {
    case .ordinary: path
    case .shared(let indexIsWritable): Self.uri(path) + (indexIsWritable ? "" : "&readonly_shm=1")
    case .watched(let state): Self.uri(path) + (state.hasLog ? "&vfs=unix-none" : "&immutable=1")
    }
  }

  /// What has to be run before the first read: in this mode SQLite builds the index of the log in its own memory.
  var preparation: String? {
    if case .watched(let state) = self, state.hasLog { "PRAGMA locking_mode = EXCLUSIVE" } else { nil }
  }

  private static func uri(_ path: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = path.utf8.reduce(into: [UInt8]()) { text, byte in
      switch byte {
      case 0x25, 0x23, 0x3f: text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: text.append(byte)
      }
    }
    return (path.hasPrefix("/") ? "file://" : "file:") + String(decoding: text, as: UTF8.self) + "?mode=ro"
  }
}
