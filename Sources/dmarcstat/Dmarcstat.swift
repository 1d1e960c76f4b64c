import ArgumentParser
import DMARC
import Glibc
import IMAP
import Render
import Wording

/// The program: parses the arguments, runs the command, and maps errors to exit statuses.
@main
struct Dmarcstat: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmarcstat",
    abstract: "Collect DMARC aggregate reports and explain what they mean.",
    discussion: """
      Mail receivers send domain owners daily reports about who sent messages in their name. dmarcstat stores these reports \
      in one SQLite file and answers: which sources are unknown, what was only forwarded, which services are not aligned, \
      what is misconfigured on your side, and what to do about each.

      GETTING STARTED
        dmarcstat init                          a first configuration, step by step
        dmarcstat ingest ~/dmarc-reports        read a folder of reports
        dmarcstat summary                       DMARC results of each domain
        dmarcstat top-failures                  who fails, and why
        dmarcstat show ip 192.0.2.1             everything about one source
        dmarcstat review -o review.html         the page of last month, with decisions
        dmarcstat export --month last-month     the monthly review as CSV

      EXIT STATUS
        0  success
        1  done, but something new was rejected or left out; check, doctor: errors, or a message that fails;
           setup --verify: something is to be done;
           outbox, alert --test, review --mail: something could not be delivered
        2  wrong usage or configuration
        3  a source could not be reached or read, or no name server answered
        4  the database could not be opened or written
        5  standard output, or a backup, could not be written
        6  an unexpected error
        7  readiness: no, own mail would be lost
        8  readiness: the reports do not say enough
      """,
    version: Version.number,
    groupedSubcommands: [
      CommandGroup(name: "Setting up", subcommands: [Init.self, SetupCommand.self, DoctorCommand.self]),
      CommandGroup(name: "Ingesting", subcommands: [Ingest.self, Accounts.self, Rejects.self, Reclassify.self]),
      CommandGroup(
        name: "Querying",
        subcommands: [
          Summary.self, Changes.self, TopFailures.self, UnknownSenders.self, Forwarding.self, Explain.self,
          Readiness.self,
          Show.self, Senders.self, Names.self, Ack.self, Export.self, Review.self, Metrics.self,
        ]),
      CommandGroup(name: "Checking", subcommands: [Check.self]),
      CommandGroup(name: "Alerting", subcommands: [AlertCommand.self, Alerts.self, Outbox.self]),
      CommandGroup(name: "Deciding", subcommands: [Reports.self, Conflicts.self, Ignore.self]),
      CommandGroup(name: "Single files", subcommands: [Parse.self, Lint.self, Classify.self]),
      CommandGroup(name: "Maintenance", subcommands: [DatabaseCommand.self]),
    ])

  static func main() {
    // A file that exceeds RLIMIT_FSIZE makes the write fail, like a full disk. Child processes get the default action
    // back.
    signal(SIGXFSZ) { _ in }
    Terminal.occupyStandardStreams()
    do {
      try SystemResources.probe()
      try CommandNames.check(RawArguments.values, of: Self.self)
      var command = try parseAsRoot(RawArguments.values)
      do { try command.run() } catch { end(with: error, of: type(of: command)) }
      end(.success)
    } catch {
      end(with: error)
    }
  }

  private static func end(_ status: ExitStatus) -> Never { end(status.rawValue) }

  private static func end(_ status: Int32) -> Never {
    Terminal.finishOutput()
    Glibc.exit(status)
  }

  /// Ends a command. What is wrong with its arguments is followed by its usage, not by that of the whole program.
  private static func end(with error: any Error, of command: any ParsableCommand.Type) -> Never {
    guard error is ValidationError else { end(with: error) }
    let path = CommandNames.path(RawArguments.values, of: Self.self)
    Terminal.complain(
      lines: ["Error: \(message(for: error))"]
        + ("Usage: " + usageString(for: command)).split(separator: "\n").map(String.init)
        + ["  See '\(path) --help' for more information."])
    end(.usage)
  }

  /// Prints the message of an error and exits with the status that matches it.
  static func end(with error: any Error) -> Never {
    if let error = CommandError(error) {
      Terminal.complain(error.message)
      end(error.status)
    }
    if let code = error as? ExitCode { end(code.rawValue) }
    let message = fullMessage(for: error)
    let status = status(ofParserError: error)
    if status == .success {
      // The arguments request help, the version or a completion script.
      if !message.isEmpty { Terminal.print(PrintableText(ownText: (help(message) ?? message) + "\n")) }
      end(.success)
    }
    if !message.isEmpty {
      Terminal.complain(lines: message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
    end(status)
  }

  /// The help that the arguments request, in the language of the user; nil if the message is not help, or if the
  /// parser's own help is to be printed.
  private static func help(_ message: String) -> String? {
    guard Terminal.wording != .english, message.hasPrefix("OVERVIEW:") else { return nil }
    let arguments = RawArguments.values
    let commands = CommandNames.commands(Array(arguments.dropFirst(arguments.first == "help" ? 1 : 0)), of: Self.self)
    let usage = usageString(for: commands.last ?? Self.self)
    return HelpPage.text(
      commands.map(CommandNames.name), usage, Terminal.wording, width: Terminal.width ?? 80)
  }

  /// The exit status for an error that ArgumentParser may know; its own code is 64 for usage errors, and 1 for unknown errors.
  static func status(ofParserError error: any Error) -> ExitStatus {
    switch exitCode(for: error) {
    case .success: .success
    case .validationFailure: .usage
    default: .unexpected
    }
  }
}

/// The version of the program, as in CHANGELOG.md.
enum Version {
  static let number = "0.1.0"
}
