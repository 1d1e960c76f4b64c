/// A word of a command line, quoted for a POSIX shell so that the program receives exactly this text.
public struct ShellWord: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The unquoted text that the program receives.
  public let text: String

  /// Creates a word from a literal in the source code. Unlike untrusted text, it may be an option.
  public init(stringLiteral text: StaticString) { self.text = "\(text)" }

  /// Creates a word from untrusted text. Nil if the text cannot be pasted safely: if it is empty, looks like an option, or contains
  /// line ends, other hidden characters, or a backtick, which delimits commands in sentences.
  public init?(_ text: String) {
    guard let first = text.unicodeScalars.first, first != "-", !first.isCombiningMark else { return nil }
    guard !text.unicodeScalars.contains(where: { $0.isHidden || $0 == "`" }) else { return nil }
    self.text = text
  }

  /// Creates a word from a domain name.
  public init(_ name: PublishableName) { text = name.name }

  /// Creates a word from an address.
  public init(_ address: IPAddress) { text = "\(address)" }

  /// Creates a word from a network.
  public init(_ network: CIDR) { text = "\(network)" }

  /// The word as written in a command line: in single quotes, unless none of its characters is special to a shell.
  public var quoted: String {
    let isBare = text.utf8.allSatisfy(Self.isOrdinary) && text.utf8.first.map { $0 != 0x3d && $0 != 0x7e } ?? false
    return isBare
      ? text : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }

  private static func isOrdinary(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_./:@%+,=-".utf8.contains(byte)
    }
  }
}

/// A command line for pasting. It is built from words, so it contains no unquoted text.
///
/// ```swift
/// let reported: String = "Bob's server"
/// let command = ShellWord(reported).map { ShellCommand(["dmarcstat", "senders", "remove", $0]) }
/// command?.description  // dmarcstat senders remove 'Bob'\''s server'
/// ```
public struct ShellCommand: Hashable, Sendable, CustomStringConvertible {
  /// The program and its arguments.
  public let words: [ShellWord]

  /// Creates a command line from its words.
  public init(_ words: [ShellWord]) { self.words = words }

  /// The command line, without a line end.
  public var description: String { words.map(\.quoted).joined(separator: " ") }
}
