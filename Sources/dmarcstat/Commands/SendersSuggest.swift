import ArgumentParser
import DMARC
import Render
import Store

extension Senders {
  struct Suggest: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Propose known senders from earlier mail, as commands to paste.",
      discussion: """
        Proposed is what is stable and vouched for: addresses with aligned SPF on several days, and services that sign with your \
        key under one envelope domain. At least one organisation that is known here has to report it, or two if none is known yet. \
        What is only recurring and not aligned is never proposed: see `dmarcstat unknown-senders`.

        EXAMPLES
          dmarcstat senders suggest
          dmarcstat senders suggest --domain example.com --since 90d
          dmarcstat senders suggest --apply
        """)

    @Flag(help: "Declare them all.")
    var apply = false

    @OptionGroup var filter: FilterOptions
    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let configuration = try databaseOptions.configuration()
      let reading = try databaseOptions.openForReading()
      var suggestions = SenderSuggestions(
        try JudgingGround(configuration, reading.knownSenders()), hasKnownReporters: try reading.hasKnownReporters())
      let filter = try filter.filter(defaultLimit: nil)
      try reading.streamFlows(filter) { suggestions.add($0) }
      let proposals = suggestions.suggestions().prefix(filter.limit ?? .max)
      let table = ResultTable(
        [
          Column("name"), Column("kind"), Column("messages"), Column("days"), Column("reporters"), Column("reason"),
          Column("command", isDetail: true), Column("known_reporters", isDetail: true),
        ],
        proposals.map {
          [
            .text($0.sender.name), .text($0.sender.kind.rawValue), .integer($0.messages), .integer($0.days),
            .integer($0.reporters), .text($0.reason), Cell(SenderSuggestions.command($0.sender)?.description),
            .integer($0.knownReporters),
          ]
        }, ifEmpty: "Nothing to propose: what is stable and aligned is declared already, or there is too little mail.")
      Terminal.print(Rendering.printable(table, format.format))
      guard !proposals.isEmpty else { return }
      if apply {
        let (database, _) = try databaseOptions.openForWriting()
        let valid = proposals.filter { SenderSuggestions.command($0.sender) != nil }
        for proposal in valid { try database.declare(proposal.sender) }
        try Judging(configuration, database).refresh(database)
        Terminal.complain("\(valid.count) senders were declared: `dmarcstat senders list`")
      } else if format.format == .table {
        Terminal.print(lines: [""] + proposals.map { Self.line($0.sender) })
      }
    }

    private static func line(_ sender: KnownSender) -> String {
      SenderSuggestions.command(sender)?.description
        ?? "# \(sender.name): this is not a valid domain name, so no command is offered"
    }
  }
}
