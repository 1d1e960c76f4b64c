/// One word of a command line, quoted for a POSIX shell so that the program gets exactly this text.
public struct ShellWord: Hashable, Sendable, ExpressibleByStringLiteral {
  /// What the program gets.
  public let text: String

  /// A word that is part of the program; unlike foreign text, it may be an option.
  public init(stringLiteral text: StaticString) { self.text = "\(text)" }

  /// Any text as a value or operand. Nil if it cannot be pasted safely: if it is empty, could be read as an option, or holds line
  /// ends, other hidden characters, or a backtick, which sets off commands in sentences.
  public init?(_ text: String) {
    guard let first = text.unicodeScalars.first, first != "-", !first.isCombiningMark else { return nil }
    guard !text.unicodeScalars.contains(where: { $0.isHidden || $0 == "`" }) else { return nil }
    self.text = text
  }

  /// A name.
  public init(_ name: PublishableName) { text = name.name }

  /// An address.
  public init(_ address: IPAddress) { text = "\(address)" }

  /// A network.
  public init(_ network: CIDR) { text = "\(network)" }

  /// The word as it is written: in single quotes, unless no shell gives any of its characters a meaning.
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

/// A command line for pasting. It is built from words, so no text gets into it unquoted.
public struct ShellCommand: Hashable, Sendable, CustomStringConvertible {
  /// The program and its arguments.
  public let words: [ShellWord]

  /// A command of these words.
  public init(_ words: [ShellWord]) { self.words = words }

  /// The command line, one line without its end.
  public var description: String { words.map(\.quoted).joined(separator: " ") }
}
