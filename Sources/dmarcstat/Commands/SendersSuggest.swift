import ArgumentParser
import Classification
import DMARC
import Render
import Store
import Verdict

extension Senders {
  struct Suggest: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "suggest",
      abstract: "Suggest known senders from earlier messages, as commands to paste.",
      discussion: """
        Suggests sources that are stable and authenticated: addresses with aligned SPF on several days, and services that sign \
        with your key under one envelope domain. The addresses of a network or an operator are suggested together, a service by \
        its domain; with mail of several organisations, the suggestion says for which it counts (--for). Two known organisations must report a source, or one if only one is known. \
        While none is known, nothing is suggested from reports received by email, because anyone can send those; reports in \
        files must come from two organisations. Sources that recur but are not aligned are never suggested: see \
        `dmarcstat unknown-senders`.

        EXAMPLES
          dmarcstat senders suggest
          dmarcstat senders suggest --domain example.com --since 90d
          dmarcstat senders suggest --apply
        """)

    @Flag(help: "Declare every suggested sender that known organisations report.")
    var apply = false

    @OptionGroup var filter: FilterOptions
    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let context = try QueryContext(databaseOptions)
      let reporters = try context.database.reporterCounts()
      let judging = try context.classificationContext()
      let declarations = try Declarations(judging, context.database)
      var suggestions = SenderSuggestions(judging, reporters) { declarations.proposal($0) }
      let filter = try filter.filter(defaultLimit: nil, in: context)
      // Only aligned flows are suggested; of all others, only who reports them matters.
      suggestions.note(try context.database.believedOrganisations(filter))
      try context.database.streamFlows(filter, withPlacing: true, verdict: Verdict.aligned.rawValue) {
        suggestions.add($0)
      }
      let proposals = suggestions.suggestions().prefix(filter.limit ?? .max)
      let table = ResultTable(
        [
          Column("name"), Column("kind"), Column("messages"), Column("days"), Column("reporters"), Column("reason"),
          Column("command", isDetail: true), Column("known_reporters", isDetail: true),
          Column("addresses", isDetail: true), Column("domains", isDetail: true), Column("hosts", isDetail: true),
          Column("for", isDetail: true),
        ],
        proposals.map {
          [
            .text($0.sender.name), .text($0.sender.kind.rawValue), .integer($0.messages), .integer($0.days),
            .integer($0.reporters), .text($0.reason), Cell(SenderSuggestions.command($0.sender)?.description),
            .integer($0.knownReporters), .list($0.sender.networks.map { "\($0)" }),
            .list($0.sender.domains.map(\.name)), .list($0.sender.hosts.map(\.name)),
            .list($0.sender.onlyFor.map(\.name)),
          ]
        }, ifEmpty: Self.nothing(reporters))
      try context.covered(filter, self.filter.period).print(table, format)
      guard !proposals.isEmpty else { return }
      if apply {
        let (database, _) = try databaseOptions.openForWriting()
        let valid = proposals.filter { $0.knownReporters > 0 && SenderSuggestions.command($0.sender) != nil }
        for proposal in valid { try database.declare(proposal.sender) }
        try Classifier(context.configuration, database).refresh(database)
        Terminal.complain(
          "\(IngestSummary.count(valid.count, "sender", "senders")) declared: see `dmarcstat senders list`")
        let unknown = proposals.filter { $0.knownReporters == 0 }.count
        if unknown > 0 {
          Terminal.complain(
            "\(unknown) not declared, because no known organisation reports them: check them, and use `dmarcstat senders add`"
          )
        }
      } else if format.format == .table {
        Terminal.print(lines: [""] + proposals.map { Self.line($0.sender) })
      }
    }

    private static func nothing(_ reporters: ReportDatabase.ReporterCounts) -> String {
      guard reporters.known == 0, reporters.organisations > 0 else {
        return "Nothing to suggest: every stable and aligned source is already declared, or there are too few messages."
      }
      let who =
        reporters.organisations == 1
        ? "the only reporting organisation is" : "the \(reporters.organisations) reporting organisations are"
      return "Nothing to suggest yet: \(who) not known yet. An organisation becomes known after reports for "
        + "\(ReporterTrust.usualDays) days over two weeks, or if a trusted host authenticates them (`trusted_hosts`)."
    }

    private static func line(_ sender: KnownSender) -> String {
      SenderSuggestions.command(sender)?.description
        ?? "# \(sender.name): this is not a valid domain name, so no command is offered"
    }
  }
}
