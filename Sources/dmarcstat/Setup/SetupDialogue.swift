import ArgumentParser
import DMARC
import Glibc
import Settings
import Verdict

/// Asks a person on a terminal what a configuration is to say. Questions go to standard error.
struct SetupDialogue {
  let phrasebook: Phrasebook
  /// The prefix of its text codes.
  var texts = "init"

  /// How often a question is repeated.
  private static let mostTries = 10

  /// Whether there is a person to ask.
  static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  func say(_ code: String, _ values: [String: String] = [:]) {
    Terminal.complain(lines: [phrasebook.text("\(texts).\(code)", values)])
  }

  /// The answer to a question; `usual` if it is empty.
  /// - Throws: a ``CommandError`` at the end of the input.
  func ask(_ code: String, usual: String? = nil, _ values: [String: String] = [:]) throws -> String {
    Terminal.prompt(phrasebook.text("\(texts).\(code)", values) + (usual.map { " [\($0)]" } ?? "") + ": ")
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

  /// A password, exactly as it is typed, which is not shown meanwhile. Ctrl-C and Ctrl-\ end the program as usual, but not before the
  /// terminal shows again what is typed.
  /// - Throws: a ``CommandError`` at the end of the input.
  func askSecretly(_ code: String) throws -> String {
    var before = termios()
    tcgetattr(STDIN_FILENO, &before)
    var quiet = before
    quiet.c_lflag &= ~tcflag_t(ECHO | ISIG)
    // The keys become characters that end a line, and so are seen at once.
    withUnsafeMutableBytes(of: &quiet.c_cc) {
      $0[Int(VEOL)] = Self.interruptKey
      $0[Int(VEOL2)] = Self.quitKey
    }
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
    Terminal.prompt(phrasebook.text("\(texts).\(code)") + ": ")
    let (bytes, end) = Self.secretLine()
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
    Terminal.complain(lines: [""])
    switch end {
    case Self.lineFeed: return String(decoding: bytes, as: UTF8.self)
    case Self.interruptKey: raise(SIGINT)
    case Self.quitKey: raise(SIGQUIT)
    default: break
    }
    throw stopped
  }

  private static let (interruptKey, quitKey, lineFeed): (UInt8, UInt8, UInt8) = (0x03, 0x1c, 0x0a)

  /// The bytes of a line, and the one that ends it; nil at the end of the input.
  private static func secretLine() -> (bytes: [UInt8], end: UInt8?) {
    var bytes: [UInt8] = []
    while true {
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return (bytes, nil) }
      if [lineFeed, interruptKey, quitKey].contains(byte) { return (bytes, byte) }
      bytes.append(byte)
    }
  }

  private var stopped: CommandError { .usage(phrasebook.text("\(texts).stopped")) }

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
