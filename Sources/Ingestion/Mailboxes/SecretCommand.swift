import Glibc
import IMAP
import Synchronization

/// A shell command that prints a secret. Its standard error is not shown, because it may contain the secret. It runs in
/// its own session, so that all processes that it starts can be ended with it.
struct SecretCommand {
  private let command: String
  /// The configuration key that it comes from.
  private let name: String

  /// Maximum running time in seconds.
  private let timeout: Double
  /// Maximum bytes of output.
  private static let maxBytes = 64 << 10

  init(_ command: String, name: String, timeout: Double = 60) {
    self.command = command
    self.name = name
    self.timeout = timeout
  }

  /// Everything that the command prints. If the deadline is stopped, the command and all processes that it started are
  /// killed.
  /// - Throws: ``IMAPError`` if it fails, prints too much or takes too long. The error does not contain its output.
  func run(_ deadline: Deadline) throws(IMAPError) -> String {
    let output = try Pipe(name)
    defer { output.close() }
    let token = Deadline.Token()
    let state = Mutex<(child: pid_t, isStopped: Bool)>((0, false))
    // A stop during the start of the command waits until the command can be killed: otherwise it would outlive this
    // program.
    deadline.whenStopped(token) {
      state.withLock { state in
        state.isStopped = true
        if state.child > 0 { kill(-state.child, SIGKILL) }
      }
    }
    let child = try state.withLock { (state) throws(IMAPError) -> pid_t in
      guard !state.isStopped else {
        close(output.childEnd)
        throw IMAPError(.stopped, "it was stopped")
      }
      state.child = try spawn(output)
      return state.child
    }
    var printed: [UInt8] = []
    let failure = readOutput(child, output.end, &printed)
    deadline.forget(token)
    // Its children are not needed once it has ended. Its process group ID is not reused until it is reaped.
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if deadline.hasBeenStopped { throw IMAPError(.stopped, "it was stopped") }
    if let failure { throw failure }
    let text = String(decoding: printed, as: UTF8.self)
    guard status == 0 else {
      let end = status & 0x7f == 0 ? "status \(status >> 8 & 0xff)" : "a signal"
      throw IMAPError(.login, "\(name) ended with \(end) and returned no secret: run it manually to see why")
    }
    return text
  }

  private func readOutput(_ child: pid_t, _ output: Int32, _ printed: inout [UInt8]) -> IMAPError? {
    let limit = Deadline.instant(after: timeout)
    var hasEnded = false
    while true {
      // The output of the command is complete once it has ended, even if its children keep the pipe open.
      let wasLast = hasEnded
      var end = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      poll(&end, 1, hasEnded ? 0 : 50)
      let more = take(output, &printed, keeping: Self.maxBytes + 1)
      guard printed.count <= Self.maxBytes else {
        return IMAPError(
          .login, "\(name) prints more than \(Self.maxBytes >> 10) KiB: print only the secret, in the first line")
      }
      if wasLast, !more { return nil }
      if !hasEnded { hasEnded = hasExited(child) }
      guard ContinuousClock.now < limit else {
        return hasEnded
          ? nil
          : IMAPError(
            .login, "\(name) has not ended within \(Int(timeout)) seconds: run it manually to see why")
      }
    }
  }

  private func hasExited(_ child: pid_t) -> Bool {
    var info = siginfo_t()
    return waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo == SIGCHLD
  }

  /// Reads the available output; bytes beyond the limit are discarded.
  private func take(_ descriptor: Int32, _ bytes: inout [UInt8], keeping limit: Int) -> Bool {
    var piece = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &piece, piece.count)
    guard count > 0 else {
      // If the command closes its output before it ends, do not poll without a pause.
      if count == 0 { usleep(10_000) }
      return false
    }
    bytes += piece[..<min(count, max(0, limit - bytes.count))]
    return true
  }

  // MARK: Starting

  /// A pipe with a non-blocking read end.
  private struct Pipe {
    var end: Int32 = -1
    var childEnd: Int32 = -1

    init(_ name: String) throws(IMAPError) {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else {
        throw IMAPError(
          .login, "\(name) cannot be started (\(String(cString: strerror(errno)))): run it manually to see why")
      }
      (end, childEnd) = (ends[0], ends[1])
      for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }

    func close() { Glibc.close(end) }
  }

  /// `POSIX_SPAWN_SETSID`, which Swift does not import.
  private static let newSession: Int16 = 0x80

  private func spawn(_ output: Pipe) throws(IMAPError) -> pid_t {
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
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.childEnd, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, "/bin/sh", &actions, &attributes, words, environ)
    close(output.childEnd)
    guard failure == 0 else {
      throw IMAPError(
        .login, "\(name) cannot be started (\(String(cString: strerror(failure)))): run it manually to see why")
    }
    return child
  }
}
