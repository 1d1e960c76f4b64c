import DMARC
import Glibc

extension InputError {
  /// The error for a failed system call.
  /// - Parameter code: its `errno`.
  static func system(_ what: String, _ code: CInt = errno) -> InputError {
    let remedy: Remedy? =
      switch code {
      case EMFILE: .raiseOpenFiles
      case ENFILE: .closeOtherFiles
      case ENOMEM: .freeMemory
      case EIO: .checkDisk
      default: nil
      }
    return InputError(.unreadable, "\(what) (\(String(cString: strerror(code))))", remedy: remedy)
  }
}
