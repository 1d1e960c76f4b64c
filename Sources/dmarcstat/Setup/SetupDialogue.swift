import ArgumentParser
import DMARC
import Glibc
import Settings
import Verdict

/// Asks a person on a terminal what a configuration is to say. Questions go to standard error.
struct SetupDialogue {
  let phrasebook: Phrasebook

  /// How often a question is repeated.
  private static let mostTries = 10

  /// Whether there is a person to ask.
  static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  func say(_ code: String, _ values: [String: String] = [:]) {
    Terminal.complain(lines: [phrasebook.text("init.\(code)", values)])
  }

  /// The answer to a question; `usual` if it is empty.
  /// - Throws: a ``CommandError`` at the end of the input.
  func ask(_ code: String, usual: String? = nil, _ values: [String: String] = [:]) throws -> String {
    Terminal.prompt(phrasebook.text("init.\(code)", values) + (usual.map { " [\($0)]" } ?? "") + ": ")
    return try Self.line().map { $0.isEmpty ? usual ?? "" : $0 } ?? { throw stopped }()
  }

  /// The answer to a question, repeated until it is of use.
  func ask<Value>(
    _ code: String, usual: String? = nil, _ values: [String: String] = [:], _ read: (String) throws -> Value?
  ) throws -> Value {
    for _ in 0..<Self.mostTries {
      let answer = try ask(code, usual: usual, values)
      do {
        if let value = try read(answer) { return value }
        say("not-valid", ["text": answer])
      } catch {
        Terminal.complain(lines: [CommandError(error)?.message ?? Dmarcstat.message(for: error)])
      }
    }
    throw stopped
  }

  func confirm(_ code: String, _ values: [String: String] = [:]) throws -> Bool {
    ["y", "yes", "j", "はい"].contains(try ask(code, usual: "y/N", values).lowercased())
  }

  /// An answer that is not shown while it is typed.
  func askSecretly(_ code: String) throws -> String {
    var before = termios()
    tcgetattr(STDIN_FILENO, &before)
    var quiet = before
    quiet.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
      Terminal.complain(lines: [""])
    }
    return try ask(code)
  }

  private var stopped: CommandError { .usage(phrasebook.text("init.stopped")) }

  private static func line() throws -> String? {
    guard let line = readLine() else { return nil }
    return line.split(whereSeparator: \.isWhitespace).isEmpty ? "" : line.trimmingBlanks
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
