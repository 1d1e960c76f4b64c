import ArgumentParser
import DMARC
import Delivery
import Foundation
import Render
import Settings
import Store
import Verdict

struct Outbox: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outbox",
    abstract: "Show and send what waits to be delivered: alerts and digests.",
    discussion: """
      What is to be delivered is stored in the database first, so that it survives the end of the program, and is sent then. If that \
      fails, it is due again after 1, 5 and 15 minutes, later after hours, and for the last time after three days. Then it has failed: \
      `outbox list` shows why, and `outbox send ID` tries once more. What is due is sent by the next run of `ingest`, `alert` or \
      `outbox send --due`: once an hour with an hourly timer, every half hour in `ingest --watch`, and sooner with a line for cron such as

        */15 * * * *  dmarcstat outbox send --due --quiet

      Recipients are in `notify` of the configuration: see docs/notify.md.

      EXAMPLES
        dmarcstat outbox test                   sends a test alert to each recipient
        dmarcstat outbox                        what waits, since when, and why
        dmarcstat outbox send                   sends all of it now
        dmarcstat outbox send --due --quiet     from cron: what is due
        dmarcstat outbox drop 17
      """,
    subcommands: [List.self, Send.self, Drop.self, Test.self], defaultSubcommand: List.self)

  /// The ids on a command line.
  fileprivate static func check(_ ids: [Int64], in database: ReportDatabase, _ states: Set<QueuedDelivery.State>) throws
  {
    let known = Set(try database.deliveries(states, limit: nil).map(\.id))
    if let id = ids.first(where: { !known.contains($0) }) {
      throw CommandError.usage("\(id) neither waits nor has failed: see `dmarcstat outbox list --all`")
    }
  }

  /// Sends a test alert to recipients, and prints what their channels say.
  /// - Parameter names: the recipients; none for all.
  static func test(
    _ configuration: Configuration, _ language: Language, _ format: FormatOption, only names: [String] = []
  ) throws {
    let known = configuration.notify.recipients
    guard !known.isEmpty else {
      throw CommandError.usage("the configuration names no recipient: add one to `notify`, as docs/notify.md shows")
    }
    if let name = names.first(where: { configuration.notify.recipient(named: $0) == nil }) {
      throw CommandError.usage(
        "there is no recipient \"\(name)\"; known recipients: \(known.map(\.name).joined(separator: ", "))")
    }
    let chosen = names.isEmpty ? known : known.filter { names.contains($0.name) }
    let tests = ChannelTest.run(chosen, ChannelSender(configuration), language, now: now)
    format.print(ResultTable(tests))
    if tests.contains(where: { $0.failure != nil }) { throw ExitCode(.incomplete) }
  }

  fileprivate static var now: Int64 { Int64(Date().timeIntervalSince1970) }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List what waits and what has failed, the newest first.",
      discussion: """
        EXAMPLES
          dmarcstat outbox list
          dmarcstat outbox list --all --format json
        """)

    @Flag(help: "Include what was sent or dropped.")
    var all = false

    @Option(
      name: [.customShort("n"), .long], help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
    var limit = 50

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let states = all ? Set(QueuedDelivery.State.allCases) : [.waiting, .failed]
      let database = try databaseOptions.openForReading()
      format.print(ResultTable(try database.deliveries(states, limit: limit == 0 ? nil : limit)))
    }

    func validate() throws {
      if limit < 0 { throw ValidationError("--limit must be 0 or more.") }
    }
  }

  struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "send", abstract: "Send what waits now.",
      discussion: """
        Without an ID, everything that waits is sent, whether its time has come or not. With IDs, what has failed is tried again too. \
        Several runs at the same time do not send anything twice. The exit status is 1 if something could not be delivered.

        EXAMPLES
          dmarcstat outbox send
          dmarcstat outbox send 17 18
          dmarcstat outbox send --due --quiet     from cron
        """)

    @Argument(help: ArgumentHelp("Only these entries, as `outbox list` numbers them.", valueName: "id"))
    var ids: [Int64] = []

    @Flag(help: "Send only what is due: what is new, and what is to be tried again by now.")
    var due = false

    @Flag(help: "Print only what has failed for good.")
    var quiet = false

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func validate() throws {
      if due, !ids.isEmpty { throw ValidationError("--due cannot be combined with IDs.") }
    }

    /// Seconds after which no further delivery begins.
    private static let longest = 3_600

    func run() throws {
      let (database, configuration) = try databaseOptions.openExisting(isQuiet: quiet)
      try Outbox.check(ids, in: database, [.waiting, .failed])
      let results = try OutboxSender(database, configuration)
        .send(ids.isEmpty ? nil : ids, everything: !due, within: Self.longest)
      let shown = quiet ? results.filter { $0.end == .failed } : results
      if !quiet || !shown.isEmpty { format.print(ResultTable(shown)) }
      let isUndelivered = quiet ? !shown.isEmpty : results.contains { $0.end != .sent }
      if isUndelivered { throw ExitCode(.incomplete) }
    }
  }

  struct Drop: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "drop", abstract: "Take entries out of the outbox without sending them.",
      discussion: """
        EXAMPLES
          dmarcstat outbox drop 17 18
          dmarcstat outbox drop --all
        """)

    @Argument(help: ArgumentHelp("The entries, as `outbox list` numbers them.", valueName: "id"))
    var ids: [Int64] = []

    @Flag(help: "Drop everything that waits or has failed.")
    var all = false

    @OptionGroup var databaseOptions: DatabaseOptions

    func validate() throws {
      if all == !ids.isEmpty {
        throw ValidationError("Name the entries to drop, or add --all: see `dmarcstat outbox list`.")
      }
    }

    func run() throws {
      let (database, _) = try databaseOptions.openExisting()
      try Outbox.check(ids, in: database, [.waiting, .failed])
      let dropped = try database.dropDeliveries(all ? nil : ids, now: Outbox.now)
      Terminal.print(lines: ["\(IngestSummary.count(dropped.count, "entry", "entries")) dropped."])
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test", abstract: "Send a test alert to each recipient, and say whether its channel takes it.",
      discussion: """
        The test is sent at once and not queued. It says that it is one. The exit status is 1 if a channel does not take it.

        EXAMPLES
          dmarcstat outbox test
          dmarcstat outbox test --recipient slack
        """)

    @Option(
      help: ArgumentHelp("Only this recipient, as it is named in the configuration (repeatable).", valueName: "name"))
    var recipient: [String] = []

    @OptionGroup var languageOption: LanguageOption
    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let configuration = try databaseOptions.configuration()
      try Outbox.test(configuration, languageOption.language(configuration), format, only: recipient)
    }
  }
}
