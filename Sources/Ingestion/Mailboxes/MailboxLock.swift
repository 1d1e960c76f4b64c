import Glibc

/// Keeps two processes with one database from clearing away the mails of one mailbox at the same time, which on a server that can only
/// copy would copy them twice. The system takes the lock away with the process.
final class MailboxLock {
  private var descriptor: Int32 = -1

  /// Locks a mailbox; nil where another process has locked it. Without a file, or where it cannot be had, nothing is locked.
  init?(_ file: String?, _ mailbox: String) {
    guard let file, !file.hasPrefix(":") else { return }
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    // One byte of the file stands for each mailbox; two of the same byte only wait for each other.
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = Self.lockOffset(mailbox)
    lock.l_len = 1
    guard fcntl(descriptor, Self.setLock, &lock) != 0, errno == EAGAIN || errno == EACCES else { return }
    close(descriptor)
    return nil
  }

  /// `F_OFD_SETLK`, which Swift does not see: locks belong to the open file, not to the process.
  private static let setLock: Int32 = 37

  /// FNV-1a.
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
