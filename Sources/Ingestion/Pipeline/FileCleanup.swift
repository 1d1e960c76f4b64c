import ArgumentParser
import DMARC
import Glibc
import Intake

/// What becomes of a file once all that was in it is stored for good.
enum FileCleanup: Equatable, ExpressibleByArgument {
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
      self = .move(String(argument.dropFirst(5)))
    }
  }

  /// The folder that is no source, because it holds what is done.
  var target: String? {
    if case .move(let folder) = self { return folder }
    return nil
  }

  /// Makes the folder to move to.
  /// - Throws: a ``CommandError`` where that cannot be done, or where it is one of the sources.
  func prepare(for sources: [String]) throws {
    guard let target else { return }
    var status = stat()
    if stat(target, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
      guard mkdir(target, 0o777) == 0 else {
        throw CommandError.usage(
          "--after move:\(target): the folder cannot be made (\(Self.reason)): make it, or name another")
      }
      return
    }
    for source in sources {
      var other = stat()
      guard stat(source, &other) == 0, (other.st_dev, other.st_ino) == (status.st_dev, status.st_ino) else { continue }
      throw CommandError.usage("--after move:\(target): this folder is to be read itself: name another")
    }
  }

  /// Removes what runs that died while they moved a file have left in the folder to move to.
  func removeLeftovers() {
    if let target { MoveDraft.removeLeftovers(in: target) }
  }

  /// With a `~` for the home folder replaced: no shell does that behind a colon.
  /// - Throws: a ``CommandError`` if HOME is not set.
  func expandingHome() throws -> FileCleanup {
    guard case .move(let folder) = self else { return self }
    return .move(try HomeFolder.expanding(folder))
  }

  /// What came of it.
  enum Outcome {
    case done
    /// The file is gone, or no longer what was read.
    case skipped
    /// It stays, for a reason that a person may want to know.
    case left(String)
    case failed(String)
  }

  /// Does it to one file, unless that is no longer what was read.
  func apply(to file: InputFile) -> Outcome {
    guard self != .keep, !file.isStream else { return .skipped }
    let path = file.isInMaildir ? InputFile.currentPath(of: file.path) : file.path
    var status = stat()
    guard let path, lstat(PathText.native(path), &status) == 0 else { return .skipped }
    if status.st_mode & S_IFMT == S_IFLNK {
      return .left("it is stored, and stays because it is a link: what it leads to may belong to others")
    }
    guard Int64(status.st_size) == file.size, FileTime(status) == file.time else { return .skipped }
    switch self {
    case .keep: return .skipped
    case .delete:
      return unlink(PathText.native(path)) == 0
        ? .done : .failed("it is stored, but cannot be deleted (\(Self.reason))")
    case .move(let folder): return FileMove(path: path, folder: folder).run().map { .failed($0) } ?? .done
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
