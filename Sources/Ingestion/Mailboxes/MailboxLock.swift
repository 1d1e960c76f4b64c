import Glibc

/// Prevents two processes with the same database from cleaning up one mailbox at the same time, which would copy
/// messages twice on a server without MOVE. The system releases the lock when the process ends.
final class MailboxLock {
  private var descriptor: Int32 = -1

  /// Locks a mailbox; nil if another process has locked it. Nothing is locked without a file, or if the file cannot be
  /// opened.
  init?(_ file: String?, _ mailbox: String) {
    guard let file, !file.hasPrefix(":") else { return }
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    // Each mailbox has one byte of the file. Two mailboxes with the same byte merely exclude each other.
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = Self.lockOffset(mailbox)
    lock.l_len = 1
    guard fcntl(descriptor, Self.setLock, &lock) != 0, errno == EAGAIN || errno == EACCES else { return }
    close(descriptor)
    return nil
  }

  /// `F_OFD_SETLK`, which Swift does not import: locks belong to the open file description, not to the process.
  private static let setLock: Int32 = 37

  /// The byte that represents a mailbox (FNV-1a hash).
  private static func lockOffset(_ mailbox: String) -> off_t {
    let hash = mailbox.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return off_t(hash >> 2)
  }

  func release() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  deinit { release() }
}
