import DMARC
import Glibc
import Intake
package import Settings

/// Cleaning up files.
extension FileCleanup {
  /// Creates the target folder if necessary.
  /// - Throws: ``IngestionError`` if it cannot be created, or is one of the sources.
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

  /// Removes incomplete copies from the target folder, left by runs that crashed while moving a file.
  package func removeLeftovers() {
    if let target { MoveDraft.removeLeftovers(in: target) }
  }

  /// The result of cleaning up a file.
  enum Outcome: Equatable {
    /// The file was moved or deleted.
    case done
    /// The file no longer exists, or has changed since it was read.
    case skipped
    /// It stays, for this reason.
    case left(String)
    /// It could not be moved or deleted, for this reason.
    case failed(String)
  }

  /// Cleans up one file, unless it has changed since it was read.
  func apply(to file: InputFile) -> Outcome {
    guard self != .keep, !file.isStream else { return .skipped }
    let path = file.isInMaildir ? InputFile.currentPath(of: file.path) : file.path
    var status = stat()
    guard let path, lstat(PathText.native(path), &status) == 0 else { return .skipped }
    if status.st_mode & S_IFMT == S_IFLNK {
      return .left("it is stored, but stays because it is a symbolic link, whose target may be needed elsewhere")
    }
    guard Int64(status.st_size) == file.size, FileTime(status) == file.time else { return .skipped }
    switch self {
    case .keep: return .skipped
    case .delete:
      return unlink(PathText.native(path)) == 0
        ? .done : .failed("it is stored, but cannot be deleted (\(Self.reason)): check the permissions of its folder")
    case .move(let folder): return FileMove(path: path, folder: folder).run().map { .failed($0) } ?? .done
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
