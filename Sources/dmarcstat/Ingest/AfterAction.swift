import ArgumentParser
import Glibc
import Intake

/// What becomes of a file once all that was in it is stored for good.
enum AfterAction: Equatable, ExpressibleByArgument {
  case keep
  /// Into this folder, under its own name.
  case move(String)
  case delete

  init?(argument: String) {
    switch argument {
    case "keep": self = .keep
    case "delete": self = .delete
    default:
      guard argument.hasPrefix("move:"), argument.count > 5 else { return nil }
      let folder = String(argument.dropFirst(5))
      // No shell expands what stands behind a colon.
      let home = getenv("HOME").map { String(cString: $0) }
      self = .move(folder.hasPrefix("~/") ? (home ?? "~") + folder.dropFirst() : folder)
    }
  }

  /// The folder that is no source, because it holds what is done.
  var target: String? {
    if case .move(let folder) = self { return folder }
    return nil
  }

  /// Makes the folder to move to.
  /// - Throws: a ``Failure`` where that cannot be done.
  func prepare() throws {
    guard let target else { return }
    var status = stat()
    if stat(target, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    guard mkdir(target, 0o777) == 0 else {
      throw Failure.usage(
        "--after move:\(target): the folder cannot be made (\(Self.reason)): make it, or name another")
    }
  }

  /// What came of it.
  enum Outcome {
    case done
    /// The file is gone, or no longer what was read.
    case skipped
    case failed(String)
  }

  /// Does it to one file, unless that is no longer what was read.
  func apply(to file: InputFile) -> Outcome {
    guard self != .keep, !file.isStandardInput else { return .skipped }
    let path = file.isInMaildir ? InputFile.currentPath(of: file.path) : file.path
    var status = stat()
    guard let path, stat(path, &status) == 0 else { return .skipped }
    let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    guard Int64(status.st_size) == file.size, modified == file.modified else { return .skipped }
    switch self {
    case .keep: return .skipped
    case .delete: return unlink(path) == 0 ? .done : .failed("it is stored, but cannot be deleted (\(Self.reason))")
    case .move(let folder): return Self.move(path, to: folder).map { .failed($0) } ?? .done
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }

  /// Moves without ever writing over another file.
  private static func move(_ path: String, to folder: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    for number in 0..<1_000 {
      let target = folder + "/" + (number == 0 ? name : "\(name).\(number)")
      if link(path, target) == 0 { return unlink(path) == 0 ? nil : "it is stored, but cannot be moved (\(reason))" }
      if errno == EEXIST, isSameFile(path, target) {
        // A run was ended between the two steps.
        return unlink(path) == 0 ? nil : "it is stored, but cannot be moved (\(reason))"
      }
      if access(target, F_OK) == 0 { continue }
      return copy(path, to: target).map { "it is stored, but cannot be moved to \(folder): \($0)" }
    }
    return "it is stored, but \(folder) has a thousand files of its name"
  }

  private static func isSameFile(_ path: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard lstat(path, &first) == 0, lstat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// For another file system, or one without links: a whole copy first, then the old one goes.
  private static func copy(_ path: String, to target: String) -> String? {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { return reason }
    defer { close(source) }
    let copy = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard copy >= 0 else { return reason }
    defer { close(copy) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count == 0 { break }
      guard count > 0, write(copy, buffer.baseAddress, count) == count else {
        let why = reason
        unlink(target)
        return why
      }
    }
    guard fsync(copy) == 0, unlink(path) == 0 else {
      let why = reason
      unlink(target)
      return why
    }
    return nil
  }
}
