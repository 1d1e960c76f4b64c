import DMARC
import Glibc
import Intake
import Settings

/// Carries out what is to become of a file.
extension FileCleanup {
  /// Makes the folder to move to.
  /// - Throws: ``IngestionError`` if that cannot be done, or if it is one of the sources.
  func prepare(for sources: [String]) throws(IngestionError) {
    guard let target else { return }
    var status = stat()
    if stat(target, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
      guard mkdir(target, 0o777) == 0 else {
        throw .cannotMakeFolder(target, cause: Self.reason)
      }
      return
    }
    for source in sources {
      var other = stat()
      guard stat(source, &other) == 0, (other.st_dev, other.st_ino) == (status.st_dev, status.st_ino) else { continue }
      throw .readsOwnTarget(target)
    }
  }

  /// Removes what runs that died while they moved a file have left in the folder to move to.
  package func removeLeftovers() {
    if let target { MoveDraft.removeLeftovers(in: target) }
  }

  /// What came of it.
  enum Outcome: Equatable {
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
