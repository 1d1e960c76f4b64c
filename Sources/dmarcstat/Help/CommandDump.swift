import ArgumentParser
import Foundation

/// The parser's description of a command, from its dump for tools.
struct CommandDump: Decodable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let arguments: [Argument]?
  let subcommands: [CommandDump]?
  let shouldDisplay: Bool?

  /// An argument, option or flag.
  struct Argument: Decodable {
    let kind: Kind
    let shouldDisplay: Bool?
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let discussion: String?
    let sectionTitle: String?
    let defaultValue: String?
    let allValues: [String]?

    enum Kind: String, Decodable {
      case positional, option, flag
    }

    struct Name: Decodable {
      let kind: String
      let name: String
    }
  }

  private struct Tree: Decodable {
    let command: CommandDump
  }

  /// The program with all of its commands; nil if the dump has an unknown form.
  static func ofProgram() -> CommandDump? {
    (try? JSONDecoder().decode(Tree.self, from: Data(Dmarcstat._dumpHelp().utf8)))?.command
  }
}
