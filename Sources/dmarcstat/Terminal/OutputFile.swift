import Glibc
import Intake
import Render

/// A file that a command was asked to write.
struct OutputFile {
  private let path: String

  /// - Throws: a ``CommandError`` if the path cannot be that of a file.
  init(_ path: String) throws {
    guard !path.isEmpty else { throw CommandError.usage("--output must not be empty: name a file") }
    var status = stat()
    if stat(PathText.native(path), &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw CommandError.usage("\(path): this is a folder: name a file in it, such as \(path)/review.html")
    }
    self.path = path
  }

  /// Writes the whole file, which gets its name once it is complete and on disk. An older file of that name is replaced; a device or a
  /// pipe is written to.
  /// - Parameters:
  ///   - mode: the permissions of the file; nil for the usual ones.
  ///   - group: the group of the file, if it may be changed.
  ///   - replaces: whether an older file may be replaced.
  /// - Throws: a ``CommandError`` with the cause.
  func write(_ text: PrintableText, mode: mode_t? = nil, group: gid_t? = nil, replaces: Bool = true) throws {
    let native = PathText.native(path)
    var status = stat()
    if stat(native, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(native, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0, write(text, to: descriptor), close(descriptor) == 0 else { throw failure() }
      return
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let temporary = PathText.native("\(folder).dmarcstat-\(getpid())-\(UInt32.random(in: .min ... .max)).tmp")
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode ?? 0o666)
    guard descriptor >= 0 else { throw failure() }
    if let group { _ = fchown(descriptor, uid_t.max, group) }
    if let mode { _ = fchmod(descriptor, mode) }
    let isWritten = write(text, to: descriptor) && fsync(descriptor) == 0
    let cause = errno
    guard close(descriptor) == 0, isWritten, Self.name(temporary, native, replaces) == 0 else {
      let error = failure(isWritten ? errno : cause)
      unlink(temporary)
      throw error
    }
  }

  private static func name(_ temporary: [CChar], _ path: [CChar], _ replaces: Bool) -> Int32 {
    guard !replaces else { return rename(temporary, path) }
    // Unlike `rename`, this fails if there is a file.
    guard link(temporary, path) == 0 else { return -1 }
    return unlink(temporary)
  }

  private func write(_ text: PrintableText, to descriptor: Int32) -> Bool {
    var text = text.text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  private func failure(_ code: Int32 = errno) -> CommandError {
    let cause = String(cString: strerror(code))
    let step =
      switch code {
      case ENOENT: "create its folder first, or name another file"
      case EACCES, EPERM, EROFS: "name a file in a folder that you may write"
      case EEXIST: "name another file"
      case ENOSPC, EDQUOT, EFBIG: "free some space, or name a file on another disk"
      default: "check the folder and the disk"
      }
    return CommandError(message: "\(path): the file cannot be written (\(cause)): \(step)", status: .output)
  }
}
