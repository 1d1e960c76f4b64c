import DMARC
import Glibc
import Intake

/// Moves a file into a folder without overwriting another one. At any time, a complete file exists under at least one
/// of the two names.
struct FileMove {
  /// The path, as encoded by ``PathText``.
  let path: String
  /// The folder, as the user wrote it.
  let folder: String

  private static let maxNameBytes = 255

  /// Moves the file.
  /// - Returns: why the move failed; nil if it succeeded.
  func run() -> String? {
    var (parent, target) = (stat(), stat())
    guard stat(folder, &target) == 0, stat(PathText.native(parentPath), &parent) == 0 else { return failure() }
    guard (parent.st_dev, parent.st_ino) != (target.st_dev, target.st_ino) else {
      return "it is stored, and is already in \(folder)"
    }
    // On another file system, or one without hard links, a copy is made in the folder first and then renamed.
    var draft: MoveDraft?
    defer { draft?.remove() }
    for number in 0..<1_000 {
      let name = self.name(number)
      let from = draft?.path ?? PathText.native(path)
      if link(from, name) == 0 { return finish() }
      switch errno {
      case EEXIST:
        if draft == nil, isLinkOf(name) { return finish() }
      case _ where draft == nil:
        guard let copy = copy() else { return failure() }
        draft = copy
        if nameCopy(copy.path, name) { return finish() }
        if errno != EEXIST { return failure() }
      default:
        if nameCopy(from, name) { return finish() }
        if errno != EEXIST { return failure() }
      }
    }
    return
      "it is stored, but cannot be moved: \(folder) already contains 1000 files with this name; move them elsewhere"
  }

  private var parentPath: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func failure() -> String {
    "it is stored, but cannot be moved to \(folder) (\(String(cString: strerror(errno)))): check the permissions and free space there"
  }

  /// The path in the folder. If the name is taken, a number is appended, and a long name is truncated to make room for
  /// it.
  private func name(_ number: Int) -> [CChar] {
    var name = PathText.bytes(path.split(separator: "/").last.map(String.init) ?? path)
    if number > 0 {
      let suffix = Array(".\(number)".utf8)
      let room = Self.maxNameBytes - suffix.count
      if name.count > room {
        name = Array(name.prefix(room))
        // Do not split a UTF-8 character.
        while let last = name.last, last & 0xc0 == 0x80 { name.removeLast() }
        if let last = name.last, last >= 0xc0 { name.removeLast() }
      }
      name += suffix
    }
    return (Array(folder.utf8) + [UInt8(ascii: "/")] + name).map { CChar(bitPattern: $0) } + [0]
  }

  /// Whether a name is another link to this file, because a run ended between the two steps.
  private func isLinkOf(_ name: [CChar]) -> Bool {
    var (first, second) = (stat(), stat())
    guard lstat(PathText.native(path), &first) == 0, lstat(name, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino && first.st_nlink > 1
  }

  /// Removes the old name once the new one exists.
  private func finish() -> String? { unlink(PathText.native(path)) == 0 ? nil : failure() }

  /// Gives a copy its name: by a hard link or, without hard links, by renaming it over an empty file that reserves the
  /// name.
  private func nameCopy(_ copy: [CChar], _ name: [CChar]) -> Bool {
    if link(copy, name) == 0 { return true }
    if errno == EEXIST { return false }
    let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    close(descriptor)
    if rename(copy, name) == 0 { return true }
    let code = errno
    unlink(name)
    errno = code
    return false
  }

  /// A complete copy in the folder under a temporary name, synchronised to disk; nil with `errno` on failure.
  private func copy() -> MoveDraft? {
    let source = open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard source >= 0 else { return nil }
    defer { keepingError { close(source) } }
    guard let draft = MoveDraft(in: folder) else { return nil }
    guard Self.copy(source, to: draft.descriptor) else {
      keepingError { draft.remove() }
      return nil
    }
    return draft
  }

  private func keepingError(_ body: () -> Void) {
    let code = errno
    body()
    errno = code
  }

  private static func copy(_ source: Int32, to target: Int32) -> Bool {
    var status = stat()
    guard fstat(source, &status) == 0 else { return false }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      var start = 0
      while start < count {
        let written = write(target, buffer.baseAddress.map { $0 + start }, count - start)
        guard written > 0 || errno == EINTR else { return false }
        start += max(0, written)
      }
    }
    fchmod(target, status.st_mode & 0o777)
    var times = [status.st_atim, status.st_mtim]
    futimens(target, &times)
    return fsync(target) == 0
  }
}
