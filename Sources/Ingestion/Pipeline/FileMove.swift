import DMARC
import Glibc
import Intake

/// Moves a file into a folder without ever writing over another one. At every moment there is a whole file under one of the two names.
struct FileMove {
  /// The path, as ``PathText`` writes it.
  let path: String
  /// The folder, as a person wrote it.
  let folder: String

  private static let maxNameBytes = 255

  /// - Returns: why it could not be done; nil if it was.
  func run() -> String? {
    var (parent, target) = (stat(), stat())
    guard stat(folder, &target) == 0, stat(PathText.native(parentPath), &parent) == 0 else { return failure() }
    guard (parent.st_dev, parent.st_ino) != (target.st_dev, target.st_ino) else {
      return "it is stored, and lies in \(folder) already"
    }
    // From another file system, or one without links, a copy is made in the folder first; that gets the name then.
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
    return "it is stored, but \(folder) has a thousand files of its name"
  }

  private var parentPath: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func failure() -> String {
    "it is stored, but cannot be moved to \(folder) (\(String(cString: strerror(errno))))"
  }

  /// The path in the folder; the second file of a name gets a number, for which a long name gives up its end.
  private func name(_ number: Int) -> [CChar] {
    var name = PathText.bytes(path.split(separator: "/").last.map(String.init) ?? path)
    if number > 0 {
      let suffix = Array(".\(number)".utf8)
      let room = Self.maxNameBytes - suffix.count
      if name.count > room {
        name = Array(name.prefix(room))
        // No character is cut in two.
        while let last = name.last, last & 0xc0 == 0x80 { name.removeLast() }
        if let last = name.last, last >= 0xc0 { name.removeLast() }
      }
      name += suffix
    }
    return (Array(folder.utf8) + [UInt8(ascii: "/")] + name).map { CChar(bitPattern: $0) } + [0]
  }

  /// Whether a name is a second one of this file: a run was ended between the two steps.
  private func isLinkOf(_ name: [CChar]) -> Bool {
    var (first, second) = (stat(), stat())
    guard lstat(PathText.native(path), &first) == 0, lstat(name, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino && first.st_nlink > 1
  }

  /// The file has its new name; the old one goes.
  private func finish() -> String? { unlink(PathText.native(path)) == 0 ? nil : failure() }

  /// Gives a copy its name: by a link, or where there are none by a rename onto an empty file that keeps the name free.
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

  /// A whole copy in the folder under a name of its own, on disk; nil with `errno` if there can be none.
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
