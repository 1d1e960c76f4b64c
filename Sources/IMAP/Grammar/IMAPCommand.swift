/// A command to be sent to the server: text, with literals for strings that cannot be quoted (RFC 9051 §4.3).
struct IMAPCommand {
  enum Part {
    case text(String)
    /// Bytes that are preceded by their count.
    case literal([UInt8])
  }

  private(set) var parts: [Part]
  /// The name of the command in error messages; never contains a secret.
  private(set) var name: String

  /// A command without string arguments.
  init(_ text: String) {
    parts = [.text(text)]
    name = String(text.split(separator: " ").prefix(text.hasPrefix("UID ") ? 2 : 1).joined(separator: " "))
  }

  /// Adds a string argument of any content, quoted or as a literal.
  func adding(_ value: String) -> IMAPCommand {
    var command = self
    let bytes = Array(value.utf8)
    if bytes.allSatisfy({ (0x20...0x7e).contains($0) }), bytes.count <= 1_000 {
      command.parts.append(.text(" " + Self.quoted(value)))
    } else {
      command.parts.append(.text(" "))
      command.parts.append(.literal(bytes))
    }
    return command
  }

  /// Adds the name of a mailbox, in modified UTF-7.
  func adding(mailbox name: String) -> IMAPCommand { adding(MailboxName.encoded(name)) }

  /// Adds text as it is.
  func adding(words text: String) -> IMAPCommand {
    var command = self
    command.parts.append(.text(" " + text))
    return command
  }

  /// The same command with another name for error messages.
  func named(_ name: String) -> IMAPCommand {
    var command = self
    command.name = name
    return command
  }

  private static func quoted(_ value: String) -> String {
    var text = "\""
    for character in value.unicodeScalars {
      if character == "\"" || character == "\\" { text += "\\" }
      text.unicodeScalars.append(character)
    }
    return text + "\""
  }
}
