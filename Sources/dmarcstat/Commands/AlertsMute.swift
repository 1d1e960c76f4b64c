import ArgumentParser
import DMARC
import Foundation
import Render
import Store
import Verdict

extension AlertRule: ExpressibleByArgument {}

extension Alerts {
  struct Mute: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "mute",
      abstract: "Stop telling matters of a rule, a domain or a sender.",
      discussion: """
        A mute covers matters to which all of its options apply, and whose domains are all the named one or below it. They are \
        recorded, and `alerts list --all` shows them. What still goes on when the mute ends is told then.

        EXAMPLES
          dmarcstat alerts mute --rule reporter-silent
          dmarcstat alerts mute --domain parked.example --until 2027-01-31
          dmarcstat alerts mute --rule mail-fails --sender "Newsletter" --note "moves in March"
        """)

    @Option(help: "The rule, as `alerts list` prints it.")
    var rule: AlertRule?

    @Option(help: "The policy domain, with all below it.")
    var domain: String?

    @Option(help: "The name of the sender, as in the title of the matter.")
    var sender: String?

    @Option(help: ArgumentHelp("The last day of the mute: 2027-01-31. (default: for ever)", valueName: "day"))
    var until: String?

    @Option(help: "Why; `alerts mutes` prints it.")
    var note: String?

    @OptionGroup var databaseOptions: DatabaseOptions

    func validate() throws {
      guard rule != nil || domain != nil || sender != nil else {
        throw ValidationError("Name what to mute: --rule, --domain or --sender.")
      }
      if let until, CalendarDay(until) == nil {
        throw ValidationError("--until \"\(until)\" is not a day: write it as 2027-01-31.")
      }
      if let day = until.flatMap({ CalendarDay($0) }), day < PeriodOptions.today {
        throw ValidationError("--until \(day) is over: name today or a later day.")
      }
    }

    func run() throws {
      let name = try domain.map { try DomainName(argument: $0, of: "--domain") }
      let (database, _) = try databaseOptions.openExisting()
      let number = try database.mute(
        StoredMute(
          rule: rule?.rawValue, domain: name?.name, sender: sender,
          until: until.flatMap { CalendarDay($0) }?.number, note: note, madeAt: Int64(Date().timeIntervalSince1970)))
      Terminal.print(lines: ["Muted. `dmarcstat alerts unmute \(number)` ends it."])
    }
  }

  struct Mutes: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "mutes",
      abstract: "List what is muted.",
      discussion: """
        EXAMPLES
          dmarcstat alerts mutes
          dmarcstat alerts mutes --format json
        """)

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let rows = try databaseOptions.openForReading().mutes().map { mute -> [Cell] in
        [
          Cell(mute.id), Cell(mute.rule), Cell(mute.domain), Cell(mute.sender),
          Cell(mute.until.map { "\(CalendarDay(number: $0))" }), Cell(mute.note),
        ]
      }
      let columns = ["number", "rule", "domain", "sender", "until", "note"].map { Column($0) }
      format.print(ResultTable(columns, rows, ifEmpty: "Nothing is muted."))
    }
  }

  struct Unmute: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unmute",
      abstract: "End a mute.",
      discussion: """
        What still goes on is told by the next `dmarcstat alert`.

        EXAMPLES
          dmarcstat alerts unmute 3
        """)

    @Argument(help: "The number of the mute, as `alerts mutes` prints it.")
    var number: Int64

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let (database, _) = try databaseOptions.openExisting()
      guard try database.unmute(number) else {
        throw CommandError.usage("there is no mute \(number): `dmarcstat alerts mutes` lists them")
      }
    }
  }
}
