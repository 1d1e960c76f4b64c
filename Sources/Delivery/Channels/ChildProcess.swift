import Foundation
import Glibc

/// A program that gets bytes on standard input. No shell reads its words. It runs in its own session, so that all processes that it
/// starts can be ended with it, and its output is discarded.
struct ChildProcess {
  let words: [String]
  let input: [UInt8]
  /// Seconds.
  let timeout: Int

  enum End: Hashable {
    case status(Int32)
    case signal(Int32)
    case timeout
    case notStarted(String)
  }

  func run() -> End {
    guard let descriptor = inputFile() else { return .notStarted(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var child: pid_t = 0
    let failure = spawn(&child, descriptor)
    guard failure == 0 else { return .notStarted(String(cString: strerror(failure))) }
    let isLate = wait(for: child)
    // Its children are not needed once it has ended. Its process group ID is not reused until it is reaped.
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if isLate { return .timeout }
    let signal = status & 0x7f
    return signal == 0 ? .status(status >> 8 & 0xff) : .signal(signal)
  }

  /// A file without a name, from which the program may read as slowly as it likes.
  private func inputFile() -> Int32? {
    var path = Array((NSTemporaryDirectory() + "/dmarcstat.XXXXXX").utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(path)
    var written = 0
    while written < input.count {
      let count = input.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + written }, input.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        close(descriptor)
        return nil
      }
      written += count
    }
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Waits for the end of the program.
  /// - Returns: whether the time is over.
  private func wait(for child: pid_t) -> Bool {
    let limit = ContinuousClock.now + .seconds(timeout)
    var pause: UInt32 = 1_000
    while true {
      var info = siginfo_t()
      if waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo == SIGCHLD {
        return false
      }
      guard ContinuousClock.now < limit else { return true }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
  }

  /// `POSIX_SPAWN_SETSID`, which Swift does not import.
  private static let newSession: Int16 = 0x80

  private func spawn(_ child: inout pid_t, _ input: Int32) -> Int32 {
    guard let program = words.first else { return ENOENT }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A service ignores signals that its children should not.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK) | Self.newSession)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    return posix_spawn(&child, program, &actions, &attributes, arguments, environ)
  }
}

extension ChildProcess {
  /// The failure that the end of a program means; nil if it took what it got.
  /// - Parameters:
  ///   - name: what it is called in the configuration.
  ///   - refusals: statuses that say that the content will never be taken.
  static func failure(_ end: End, _ name: String, refusals: Set<Int32> = []) -> DeliveryFailure? {
    switch end {
    case .status(0): nil
    case .status(let status) where refusals.contains(status):
      DeliveryFailure("\(name) refused it (status \(status))", .content)
    case .status(let status): DeliveryFailure("\(name) ended with status \(status)", .attempt)
    case .signal(let signal): DeliveryFailure("\(name) was ended by signal \(signal)", .attempt)
    case .timeout: DeliveryFailure("\(name) did not end in time, and was stopped", .channel)
    case .notStarted(let why): DeliveryFailure("\(name) cannot be started (\(why))", .channel)
    }
  }

  /// Statuses of sendmail (sysexits.h): wrong data, no such user, no such host.
  static let mailRefusals: Set<Int32> = [65, 67, 68]
}
