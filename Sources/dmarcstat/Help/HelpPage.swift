import ArgumentParser
import Render
import Wording

/// The help of a command in the language of the user. The parser can print help only as it is in the code.
struct HelpPage {
  private let wording: Wording
  private let width: Int
  private var lines: [String] = []

  /// The column at which the texts of a list begin.
  private static let column = 26
  private static let widest = 100

  /// - Returns: nil if there is no such command.
  static func text(_ path: [String], _ usage: String, _ wording: Wording, width: Int) -> String? {
    guard var command = CommandDump.ofProgram() else { return nil }
    for name in path {
      guard let next = command.subcommands?.first(where: { $0.commandName == name }) else { return nil }
      command = next
    }
    var page = HelpPage(wording, width)
    page.add(command, path, usage)
    return page.lines.joined(separator: "\n") + "\n"
  }

  private init(_ wording: Wording, _ width: Int) {
    self.wording = wording
    self.width = min(max(width, 2 * Self.column), Self.widest)
  }

  private mutating func add(_ command: CommandDump, _ path: [String], _ usage: String) {
    paragraph("\(wording.text("OVERVIEW")): \(wording.text(command.abstract ?? ""))")
    if let discussion = command.discussion { add(HelpText(discussion)) }
    lines.append("")
    lines += "\(wording.text("USAGE")): \(usage)".split(separator: "\n").map(String.init)
    let arguments = (command.arguments ?? []).filter { $0.shouldDisplay != false }
    let positional = arguments.filter { $0.kind == .positional }
    list("ARGUMENTS", positional.map { (Self.head($0), text($0)) })
    var sections: [String?] = []
    for argument in arguments where argument.kind != .positional && !sections.contains(argument.sectionTitle) {
      sections.append(argument.sectionTitle)
    }
    for section in sections.sorted(by: { $0 != nil && $1 == nil }) {
      let options = arguments.filter { $0.kind != .positional && $0.sectionTitle == section }
      list(section ?? "OPTIONS", options.map { (Self.head($0), text($0)) })
    }
    for group in CommandGroups.of(path) {
      let commands = (command.subcommands ?? []).filter { group.commands.contains($0.commandName) }
      list(group.title, commands.map { ($0.commandName, wording.text($0.abstract ?? "")) })
    }
    guard command.subcommands?.isEmpty == false else { return }
    lines.append("")
    let name = (["dmarcstat", "help"] + path).joined(separator: " ")
    paragraph(wording.text("See '\(name) <subcommand>' for detailed help."), indent: "  ")
  }

  private mutating func add(_ text: HelpText) {
    lines.append("")
    for line in text.lines {
      switch line {
      case .empty: lines.append("")
      case .paragraph(let text): paragraph(wording.text(text))
      case .code(let code): lines.append(code)
      case .item(let head, let text, let column): item(head, wording.text(text), column: column)
      }
    }
  }

  private mutating func list(_ title: String, _ items: [(head: String, text: String)]) {
    guard !items.isEmpty else { return }
    lines += ["", wording.text(title) + ":"]
    for (head, text) in items { item("  " + head, text, column: Self.column) }
  }

  /// A name and its text beside it, or below it if there is no room.
  private mutating func item(_ head: String, _ text: String, column: Int) {
    let indent = String(repeating: " ", count: column)
    guard !text.isEmpty else { return lines.append(head) }
    let gap = column - TableText.width(head)
    if gap < 1 {
      lines.append(head)
      paragraph(text, indent: indent)
    } else {
      paragraph(text, first: head + String(repeating: " ", count: gap), indent: indent)
    }
  }

  private mutating func paragraph(_ text: String, first: String? = nil, indent: String = "") {
    var wrapped = WrappedText(width: width)
    wrapped.paragraph(text, first: first ?? indent, rest: indent)
    lines += wrapped.printable.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  private static func head(_ argument: CommandDump.Argument) -> String {
    let value = argument.valueName.map { "<\($0)>" } ?? ""
    guard argument.kind != .positional else { return value }
    let names = (argument.names ?? []).sorted { $0.kind == "short" && $1.kind != "short" }
      .map { ($0.kind == "short" ? "-" : "--") + $0.name }
      .joined(separator: ", ")
    return argument.kind == .flag ? names : "\(names) \(value)"
  }

  /// What an argument is for, its values and its default.
  private func text(_ argument: CommandDump.Argument) -> String {
    let english = [argument.abstract, argument.discussion].compactMap(\.self).joined(separator: " ")
    var notes: [String] = []
    if let values = argument.allValues, !values.allSatisfy(english.contains) {
      notes.append("\(wording.text("values")): \(values.joined(separator: ", "))")
    }
    if let value = argument.defaultValue, !english.contains("(default:") {
      notes.append("\(wording.text("default")): \(value)")
    }
    let text = wording.text(english)
    return notes.isEmpty ? text : "\(text) (\(notes.joined(separator: "; ")))"
  }
}

/// The subcommands of a command, in the groups that its help lists.
private enum CommandGroups {
  static func of(_ path: [String]) -> [(title: String, commands: [String])] {
    var command: any ParsableCommand.Type = Dmarcstat.self
    for name in path {
      guard let next = command.configuration.subcommands.first(where: { CommandNames.name(of: $0) == name }) else {
        return []
      }
      command = next
    }
    let configuration = command.configuration
    let groups = configuration.groupedSubcommands.map {
      (title: $0.name, commands: $0.subcommands.map(CommandNames.name))
    }
    let grouped = Set(groups.flatMap(\.commands))
    let rest = configuration.subcommands.map(CommandNames.name).filter { !grouped.contains($0) }
    return rest.isEmpty ? groups : [(title: "SUBCOMMANDS", commands: rest)] + groups
  }
}
