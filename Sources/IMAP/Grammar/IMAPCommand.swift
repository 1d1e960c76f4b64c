/// A command on its way to the server: text, with literals where a quoted string cannot say it (RFC 9051 §4.3).
struct IMAPCommand {
  enum Part {
    case text(String)
    /// Bytes that are announced by their number.
    case literal([UInt8])
  }

  private(set) var parts: [Part]
  /// What it is called in errors; never holds a secret.
  private(set) var name: String

  /// A command of plain words.
  init(_ text: String) {
    parts = [.text(text)]
    name = String(text.split(separator: " ").prefix(text.hasPrefix("UID ") ? 2 : 1).joined(separator: " "))
  }

  /// Adds a string that may hold anything.
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

  /// Adds the name of a mailbox.
  func adding(mailbox name: String) -> IMAPCommand { adding(MailboxName.encoded(name)) }

  /// Adds words.
  func adding(words text: String) -> IMAPCommand {
    var command = self
    command.parts.append(.text(" " + text))
    return command
  }

  /// The same under another name for people.
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
