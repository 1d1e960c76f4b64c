import ArgumentParser
import Classification
import DMARC
import Foundation
import Render
import Store
import Verdict

struct Ack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ack",
    abstract: "Acknowledge sources, so that unknown-senders does not ask about them again.",
    discussion: """
      An acknowledged source stays what it is: its verdict, its messages in all sums and the alarm of others do not change. Only \
      `unknown-senders` leaves it out, until it gets a more serious verdict than it has now. To say that a source is yours, \
      declare it with `dmarcstat senders add` instead.

      EXAMPLES
        dmarcstat ack add 203.0.113.7 --note "gateway of a partner, asked in May"
        dmarcstat ack add filter.example.net          all hosts below this name
        dmarcstat ack list
        dmarcstat ack remove 203.0.113.7
        dmarcstat unknown-senders --acknowledged      shows them again
      """,
    subcommands: [Add.self, List.self, Remove.self])

  /// Parses a subject.
  fileprivate static func subject(_ text: String) throws -> AcknowledgedSource.Subject {
    guard let subject = AcknowledgedSource.Subject(text) else {
      throw CommandError.usage("\(text) is neither an address, a network nor a domain of hosts, such as 203.0.113.7")
    }
    if case .network(let network) = subject, network.length == 0 {
      throw CommandError.usage("\(text) is every address: name those that you have looked at")
    }
    return subject
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Acknowledge an address, a network, or all hosts below a name.",
      discussion: """
        EXAMPLES
          dmarcstat ack add 203.0.113.7 --note "gateway of a partner, asked in May"
          dmarcstat ack add 203.0.113.0/24
          dmarcstat ack add filter.example.net
        """)

    @Argument(help: "An address, a network, or a domain of hosts.")
    var subject: String

    @Option(help: "Why nothing is to be done; `ack list` prints it.")
    var note: String?

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let subject = try Ack.subject(subject)
      let (database, _) = try databaseOptions.openForWriting()
      let found = try Declarations.unknownSources(database, of: subject)
      try database.acknowledge(
        AcknowledgedSource(
          subject, note: note, severity: found.severity, madeAt: Int64(Date().timeIntervalSince1970)))
      let sources = IngestSummary.count(found.sources, "source", "sources")
      let messages = IngestSummary.count(Int(clamping: found.messages), "message", "messages")
      Terminal.print(
        lines: [
          found.sources == 0
            ? "\(subject) is acknowledged; no source of it needs review at the moment."
            : "\(subject) is acknowledged: \(sources) with \(messages)."
        ])
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List what was acknowledged.",
      discussion: """
        EXAMPLES
          dmarcstat ack list
          dmarcstat ack list --format json
        """)

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let rows = try databaseOptions.openUpToDate().acknowledgements().map { known -> [Cell] in
        [.text("\(known.subject)"), Cell(known.note), .text("\(CalendarDay(epoch: known.madeAt))")]
      }
      format.print(
        ResultTable([Column("subject"), Column("note"), Column("since")], rows, ifEmpty: "Nothing is acknowledged."))
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Ask about a source again.",
      discussion: """
        EXAMPLES
          dmarcstat ack remove 203.0.113.7
        """)

    @Argument(help: "What was acknowledged, as `ack list` prints it.", completion: Completions.acknowledged)
    var subject: String

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let subject = try Ack.subject(subject)
      let (database, _) = try databaseOptions.openForWriting()
      guard try database.forget(subject) else {
        throw CommandError.usage("\(subject) is not acknowledged: see `dmarcstat ack list`")
      }
    }
  }
}
