import DMARC
import Glibc

extension InputError {
  /// For a system call that failed.
  /// - Parameter code: its `errno`.
  static func system(_ what: String, _ code: CInt = errno) -> InputError {
    let nextStep: String? =
      switch code {
      case EMFILE: "raise the limit on open files (ulimit -n), then run again"
      case ENFILE: "the whole system has too many open files: close other programs, then run again"
      case ENOMEM: "free memory, or raise the limit on it (ulimit -v), then run again"
      case EIO: "check the disk that it is on, then run again"
      default: nil
      }
    return InputError(.unreadable, "\(what) (\(String(cString: strerror(code))))", nextStep: nextStep)
  }
}
