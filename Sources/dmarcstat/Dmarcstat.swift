import ArgumentParser
import Glibc
import Render

/// The program: what it is called with, and how errors become exit statuses.
@main
struct Dmarcstat: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmarcstat",
    abstract: "Reads DMARC aggregate reports and says what they mean.",
    discussion: """
      Mail receivers send the owner of a domain daily reports on who sent mail in its name. dmarcstat collects them in one \
      SQLite file and answers: which senders are unknown, what is only forwarding, which service is not aligned, what is \
      your own mistake, and what to do about each.

      FIRST STEPS
        dmarcstat ingest ~/dmarc-reports        read a folder of reports
        dmarcstat summary                       how each domain fares
        dmarcstat top-failures                  who fails, and why
        dmarcstat show ip 192.0.2.1             everything about one sender
        dmarcstat export --month last-month     the monthly review as CSV

      EXIT STATUS
        0  all is well
        1  done, but something new was rejected or left out
        2  wrong usage or configuration
        3  a source could not be reached or read
        4  the database could not be opened or written
        5  standard output could not be written
      """,
    version: Version.number,
    groupedSubcommands: [
      CommandGroup(name: "Collecting", subcommands: [Ingest.self, Accounts.self, Rejects.self, Reclassify.self]),
      CommandGroup(
        name: "Asking",
        subcommands: [
          Summary.self, TopFailures.self, UnknownSenders.self, Forwarding.self, Explain.self, Readiness.self, Show.self,
          Senders.self, Export.self,
        ]),
      CommandGroup(name: "Single files", subcommands: [Parse.self, Lint.self, Classify.self]),
      CommandGroup(name: "Keeping", subcommands: [DatabaseCommand.self]),
    ])

  static func main() {
    // A file that grows over its limit is an error of the write, like a full disk. Children get the default again.
    signal(SIGXFSZ) { _ in }
    Terminal.occupyStandardStreams()
    do {
      try SystemResources.probe()
      var command = try parseAsRoot(RawArguments.values)
      try command.run()
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

  /// Ends the program with a message and the status that fits an error.
  static func end(with error: any Error) -> Never {
    if let error = CommandError(error) {
      Terminal.complain(error.message)
      end(error.status)
    }
    let code = exitCode(for: error)
    let message = fullMessage(for: error)
    if code == .success {
      // Help, the version or a completion script was asked for.
      if !message.isEmpty { Terminal.print(PrintableText(ownText: message + "\n")) }
      end(.success)
    }
    if !message.isEmpty {
      Terminal.complain(lines: message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
    // The argument parser's own code for wrong usage is 64.
    if code == .validationFailure { end(.usage) }
    end(code.rawValue)
  }
}

/// The version of the program, as CHANGELOG.md has it.
enum Version {
  static let number = "0.1.0"
}
