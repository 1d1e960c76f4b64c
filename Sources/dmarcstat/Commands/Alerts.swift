import ArgumentParser
import Classification
import DMARC
import Foundation
import Render
import Settings
import Store
import Verdict

struct Alerts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "List the matters that were told, and acknowledge or mute them.",
    discussion: """
      A matter is what `dmarcstat alert` tells: something that began, and may end. Each has a number.

      EXAMPLES
        dmarcstat alerts list
        dmarcstat alerts list --all
        dmarcstat alerts show 12
        dmarcstat alerts ack 12 --note "the agency repairs it"
        dmarcstat alerts mute --rule spoofing --domain parked.example --until 2027-01-31
        dmarcstat alerts mutes
        dmarcstat alerts unmute 3
      """,
    subcommands: [List.self, Show.self, Ack.self, Mute.self, Mutes.self, Unmute.self])

  /// A matter with a number.
  fileprivate static func matter(_ number: Int64, in database: ReportDatabase) throws -> Matter {
    guard let matter = try database.matter(number)?.matter else {
      throw CommandError.usage("there is no matter \(number): `dmarcstat alerts list --all` lists all of them")
    }
    return matter
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List matters that go on, or are at most 30 days old.",
      discussion: """
        EXAMPLES
          dmarcstat alerts list
          dmarcstat alerts list --all            also those that were not told, and old ones
          dmarcstat alerts list --format json
        """)

    @Flag(help: "List all matters: also those that are over, were acknowledged or were never told.")
    var all = false

    @Option(
      name: [.customShort("n"), .long], help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
    var limit = 50

    @OptionGroup var format: FormatOption
    @OptionGroup var languageOption: LanguageOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let configuration = try databaseOptions.configuration()
      let database = try databaseOptions.openForReading(configuration)
      let first = PeriodOptions.today.advanced(by: -30)
      let matters = try database.allMatters(limit: nil).lazy
        .compactMap { stored in stored.matter.map { (id: stored.id ?? 0, matter: $0) } }
        .filter { all || $0.matter.isListed(since: first) }
      let language = languageOption.chosen ?? configuration.alerts?.language ?? languageOption.language(configuration)
      let shown = Array(limit > 0 ? Array(matters.prefix(limit)) : Array(matters))
      format.print(ResultTable(matters: shown, language))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show what was told about a matter.",
      discussion: """
        EXAMPLES
          dmarcstat alerts show 12
          dmarcstat alerts show 12 --lang ja
        """)

    @Argument(help: "The number of the matter, as `alerts list` prints it.")
    var number: Int64

    @OptionGroup var format: FormatOption
    @OptionGroup var languageOption: LanguageOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let configuration = try databaseOptions.configuration()
      let matter = try Alerts.matter(number, in: databaseOptions.openForReading(configuration))
      let language = languageOption.chosen ?? configuration.alerts?.language ?? languageOption.language(configuration)
      guard format.format == .table else {
        return format.print(ResultTable(matters: [(number, matter)], language))
      }
      var text = WrappedText()
      for part in [matter.begun, matter.ended].compactMap({ $0?.texts[language.rawValue] }) {
        text.paragraph(part.title, first: "", rest: "  ")
        for sentence in part.sentences { text.paragraph(sentence, first: "  ", rest: "  ") }
      }
      if let step = matter.nextStep { text.paragraph("→ `\(step)`", first: "  ", rest: "    ") }
      if let note = matter.note { text.paragraph(note, first: "  ", rest: "  ") }
      Terminal.print(text.printable)
    }
  }

  struct Ack: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ack",
      abstract: "Acknowledge matters: nothing more is told about them, and `alerts list` leaves them out.",
      discussion: """
        If it begins again after its end, it is told again.

        EXAMPLES
          dmarcstat alerts ack 12 --note "the agency repairs it"
          dmarcstat alerts ack 12 13
        """)

    @Argument(help: "The numbers of the matters, as `alerts list` prints them.")
    var numbers: [Int64]

    @Option(help: "Why nothing is to be done; `alerts show` prints it.")
    var note: String?

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let (database, _) = try databaseOptions.openExisting()
      for number in numbers { _ = try Alerts.matter(number, in: database) }
      try database.changeMatters(numbers) { stored in
        guard var matter = stored.matter else { return nil }
        matter.acknowledged = PeriodOptions.today.number
        matter.note = note ?? matter.note
        return StoredMatter(matter, id: stored.id)
      }
    }
  }
}

extension Matter {
  /// Whether the list has it unless all are asked for.
  fileprivate func isListed(since first: CalendarDay) -> Bool {
    guard acknowledged == nil else { return false }
    switch begun.telling {
    case .known, .late, .muted, .silent: return false
    case .pending, .told, .held, .brief: return isOpen || (endedOn ?? since) >= first || since >= first
    }
  }

  /// `open`, `ended` or, for what happens on one day, `past`.
  fileprivate var state: String { isOpen ? "open" : rule.lasts ? "ended" : "past" }
}

extension ResultTable {
  /// The table of `alerts list`.
  fileprivate init(matters: [(id: Int64, matter: Matter)], _ language: Language) {
    self.init(
      [
        Column("number"), Column("rule"), Column("severity"), Column("state"), Column("since"), Column("ended"),
        Column("title", "WHAT"), Column("told"), Column("end_told", isDetail: true), Column("domains", isDetail: true),
        Column("messages", isDetail: true), Column("sentences", isDetail: true), Column("next_step", isDetail: true),
        Column("acknowledged", isDetail: true), Column("note", isDetail: true),
      ],
      matters.map { id, matter in
        let text = matter.text(isEnd: false, language)
        return [
          .integer(id), .text(matter.rule.rawValue), .text(matter.severity.rawValue), .text(matter.state),
          .text("\(matter.since)"), Cell(matter.rule.lasts ? matter.endedOn.map { "\($0)" } : nil), .text(text.title),
          .text(matter.begun.telling.rawValue), Cell(matter.ended?.telling.rawValue), .list(matter.domains),
          Cell(matter.messages), .list(text.sentences), Cell(matter.nextStep),
          Cell(matter.acknowledged.map { "\(CalendarDay(number: $0))" }), Cell(matter.note),
        ]
      }, ifEmpty: "No matters. `dmarcstat alert` looks for new ones.")
  }
}
