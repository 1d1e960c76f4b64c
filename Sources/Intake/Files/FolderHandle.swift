import Glibc

/// An open folder, in which names are looked up.
final class FolderHandle {
  private let descriptor: Int32

  /// Opens a folder; nil if that is not possible.
  init?(_ folder: String) {
    descriptor = PathText.withNative(folder) { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// The status of a name in the folder; a symbolic link is not followed.
  /// - Returns: whether it has one; if not, `errno` says why.
  func status(_ name: String, _ status: inout stat) -> Bool {
    PathText.withNative(name) { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
  }
}
