import GRDB
import Glibc

extension ReportDatabase {
  /// Copies the database to a new file, also while others use it. The file gets its name once it is complete and on disk.
  /// - Throws: ``StoreError``, of the kind `wrongUsage` if the file already exists, and `output` if it cannot be written.
  package func backup(to destination: String) throws(StoreError) {
    guard !destination.isEmpty else {
      throw StoreError("the name of the backup is empty: give the name of a new file", kind: .wrongUsage)
    }
    var status = stat()
    guard lstat(destination, &status) != 0 else { throw Self.isThere(destination) }
    let copy = try Self.temporaryFile(for: destination)
    defer { for suffix in ["", "-journal", "-wal", "-shm"] { unlink(copy + suffix) } }
    do {
      let target = try DatabaseQueue(path: copy)
      try withQueue { try $0.backup(to: target) }
      try target.close()
    } catch let error as StoreError { throw error } catch {
      throw Self.explain(error, source: path, copy: destination)
    }
    guard Self.sync(copy) else { throw Self.failure(destination) }
    try Self.name(copy, destination)
    _ = Self.sync(Self.folder(of: destination))
  }

  private static func isThere(_ path: String) -> StoreError {
    StoreError("\(path): this file already exists: give the name of a new one", kind: .wrongUsage)
  }

  private static func failure(_ path: String) -> StoreError {
    StoreError(
      "\(path): the backup cannot be written (\(String(cString: strerror(errno)))): check the folder and the disk",
      kind: .output)
  }

  /// An error while copying is one of the copy if it was written, and one of the database if that was read.
  private static func explain(_ error: any Error, source: String, copy: String) -> StoreError {
    guard let code = (error as? DatabaseError)?.resultCode else { return explain(error, source, .readOnly) }
    switch code {
    case .SQLITE_FULL, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_IOERR:
      return StoreError(explain(error, copy, .readWrite).description, kind: .output)
    default: return explain(error, source, .readOnly)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// An empty file in the same folder.
  private static func temporaryFile(for destination: String) throws(StoreError) -> String {
    var template = Array("\(folder(of: destination))/.dmarcstat-backup.XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw failure(destination) }
    fchmod(descriptor, 0o600)
    close(descriptor)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func sync(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  /// Gives the copy its name, without ever replacing another file.
  private static func name(_ copy: String, _ destination: String) throws(StoreError) {
    if link(copy, destination) == 0 { return }
    if errno == EEXIST { throw isThere(destination) }
    // A file system without hard links: an empty file reserves the name for the copy.
    let descriptor = open(destination, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0, errno == EEXIST { throw isThere(destination) }
    guard descriptor >= 0 else { throw failure(destination) }
    close(descriptor)
    guard rename(copy, destination) == 0 else {
      let error = failure(destination)
      unlink(destination)
      throw error
    }
  }
}
