import ArgumentParser
import Foundation
import Glibc
import Settings

/// The program of `pager` in the configuration, which shows an answer a screen at a time.
///
/// It gets what the command prints through a pipe of its own, so that standard output stays the terminal whose width and colours the
/// answer is made for.
struct Pager {
  /// Where to write what it shows.
  let descriptor: Int32
  private let process: pid_t

  /// The commands whose answers are read, not watched or answered.
  private static let commands: [any ParsableCommand.Type] = [
    Alerts.self, Changes.self, Check.self, Conflicts.self, Explain.self, Export.self, Forwarding.self, Lint.self,
    Metrics.self,
    Names.self, Parse.self, Readiness.self, Rejects.self, Reports.self, Review.self, Senders.self, Show.self,
    Summary.self,
    TopFailures.self, UnknownSenders.self,
  ]

  /// Starts the pager of a command; nil if it has none, or if standard output is not a terminal.
  static func start(_ arguments: [String]) -> Pager? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    let command = CommandNames.commands(arguments, of: Dmarcstat.self).first
    guard let command, commands.contains(where: { $0 == command }) else { return nil }
    guard let words = UserLanguage.configuration(arguments)?.pager else { return nil }
    do { return try Pager(words) } catch {
      Terminal.complain(
        "the pager \(words[0]) cannot be started (\(error)): correct `pager` in the configuration, or remove it")
      return nil
    }
  }

  /// Why a program does not start.
  private struct Failure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { String(cString: strerror(code)) }
  }

  private init(_ words: [String]) throws(Failure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure(code: errno) }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var child: pid_t = 0
    let failure = Self.spawn(words, input: ends[0], &child)
    guard failure == 0 else {
      close(ends[1])
      throw Failure(code: failure)
    }
    // The pager would fight with the shell for the terminal if this process ended first: by Ctrl-C, which is for the
    // pager, or by SIGPIPE, when the user leaves it early.
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    (descriptor, process) = (ends[1], child)
  }

  /// Waits until the person has seen enough.
  func finish() {
    close(descriptor)
    while waitpid(process, nil, 0) == -1, errno == EINTR {}
  }

  /// - Returns: an error number, or 0.
  private static func spawn(_ words: [String], input: Int32, _ child: inout pid_t) -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment().map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    return posix_spawnp(&child, words[0], &actions, &attributes, arguments, variables)
  }

  /// less ends by itself if all fits the screen, passes colours on and leaves the text on the screen, unless the user has chosen options.
  private static func environment() -> [String] {
    let own = ProcessInfo.processInfo.environment
    return own.merging(["LESS": "FRX", "LV": "-c"]) { chosen, _ in chosen }.map { "\($0)=\($1)" }
  }
}
