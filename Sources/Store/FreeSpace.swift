import DMARC
import Glibc

/// The free space of a disk.
package enum FreeSpace {
  /// Bytes that this user may still write on the disk with a file or folder; nil if that cannot be told.
  package static func bytes(at path: UnsafePointer<CChar>) -> Int64? {
    var system = statvfs()
    guard statvfs(path, &system) == 0 else { return nil }
    return Int64(clamping: system.f_bavail).multipliedClamped(by: Int64(clamping: system.f_frsize))
  }
}
