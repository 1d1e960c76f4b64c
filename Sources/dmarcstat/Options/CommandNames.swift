import ArgumentParser
import Settings

/// Finds mistyped names of commands, which the parser calls unexpected arguments.
enum CommandNames {
  /// Checks the commands that the arguments name, up to the first option.
  /// - Throws: a ``CommandError`` with similar names.
  static func check(_ arguments: [String], of root: any ParsableCommand.Type) throws(CommandError) {
    if let problem = misplacedOption(arguments, of: root) { throw .usage(problem) }
    let isHelp = arguments.first == "help"
    var command: any ParsableCommand.Type = root
    var path = [name(of: root)]
    for argument in arguments.dropFirst(isHelp ? 1 : 0) {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !argument.hasPrefix("-") else { return }
      if let next = subcommands.first(where: { names(of: $0).contains(argument) }) {
        command = next
        path.append(argument)
        continue
      }
      if !isHelp, path.count == 1, argument == "help" { return }
      let near = similar(to: argument, among: subcommands.map(name))
      // What is no name of a command may be an argument of the default one.
      if near.isEmpty, command.configuration.defaultSubcommand != nil, !isHelp { return }
      throw .usage(problem(argument, after: path, near))
    }
  }

  /// The names of the command that arguments run, such as `dmarcstat show ip`.
  static func path(_ arguments: [String], of root: any ParsableCommand.Type) -> String {
    ([name(of: root)] + commands(arguments, of: root).map(name)).joined(separator: " ")
  }

  /// The chain of commands that arguments name, each a subcommand of the one before.
  static func commands(_ arguments: [String], of root: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
    var found: [any ParsableCommand.Type] = []
    for argument in arguments {
      let subcommands = (found.last ?? root).configuration.subcommands
      guard let next = subcommands.first(where: { names(of: $0).contains(argument) }) else { break }
      found.append(next)
    }
    return found
  }

  /// The options of the program itself.
  private static let ownOptions = [
    "-h", "--help", "-help", "--help-hidden", "--version", "--generate-completion-script", "--experimental-dump-help",
  ]

  /// The problem with an option before the name of a command, as other programs take them; its value may be a secret.
  private static func misplacedOption(_ arguments: [String], of root: any ParsableCommand.Type) -> String? {
    guard let first = arguments.first, first.hasPrefix("-"), !first.hasPrefix("---") else { return nil }
    let option = String(first.prefix { $0 != "=" })
    // The option may have a value of its own.
    let command = arguments.dropFirst().prefix(2).first { argument in
      root.configuration.subcommands.contains { names(of: $0).contains(argument) }
    }
    guard let command, !ownOptions.contains(option) else { return nil }
    return "options follow the command: `\(name(of: root)) \(command) \(option)`"
  }

  /// Names that are spelt similarly, or have the argument as a part.
  private static func similar(to argument: String, among names: [String]) -> [String] {
    let near = NearNames.of(argument, among: names, part: "-")
    guard near.isEmpty, argument.count > 2 else { return near }
    return names.filter { $0.hasPrefix(argument) || $0.split(separator: "-").contains { $0 == argument } }
  }

  private static func problem(_ argument: String, after path: [String], _ near: [String]) -> String {
    let parent = path.joined(separator: " ")
    let all = "`\(parent) --help` lists the commands"
    let suggestions = near.map { "`\(parent) \($0)`" }
    guard let last = suggestions.last else { return "there is no command `\(argument)`: \(all)" }
    let others = suggestions.dropLast().joined(separator: ", ")
    return "there is no command `\(argument)`: did you mean \(others.isEmpty ? last : "\(others) or \(last)")? (\(all))"
  }

  private static func names(of command: any ParsableCommand.Type) -> [String] {
    [name(of: command)] + command.configuration.aliases
  }

  static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
  }
}
