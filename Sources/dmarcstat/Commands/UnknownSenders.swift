import ArgumentParser
import Classification
import DMARC
import Render
import Store
import Verdict

struct UnknownSenders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unknown-senders",
    abstract: "Show sources that need review, the most threatening first.",
    discussion: """
      These sources are not declared, and no signature of yours, no receiver and no earlier messages authenticate them.

      One line is one decision. A campaign (ten or more hosts on the same days with nothing that passes, or the sources of one \
      replay) is one line, in however many networks. The addresses of a pool are another: an IPv6 /64, the hosts of one operator \
      (*.example.net), or at least three addresses of a /24 or of an autonomous system. A source that sends on most days of a \
      fortnight stays apart: it may be yours.

      THREAT counts steps; each stands for a doubling: of messages, addresses and reporters, twice for domains, and twice for the \
      days of a steady source. The verdict adds 0 to 8, a first appearance within a week 3. LEVEL puts it in words: high (18 or \
      more: decide now), medium (10 to 17: decide this week), low (below 10: single messages).

      If a source is yours, declare it: the command is printed below the table and in `declare` of the other formats. It names \
      what identifies the source: the domain or the hosts of a service, or the network of a pool. All others are what \
      p=quarantine and p=reject are meant to stop. `dmarcstat ack add` takes a source off the list that is nobody's concern.

      EXAMPLES
        dmarcstat unknown-senders --month last-month
        dmarcstat unknown-senders --new-since 7d      new this week
        dmarcstat unknown-senders --addresses         one line per address
        dmarcstat unknown-senders --by operator       one line per operator
        dmarcstat unknown-senders --format ndjson --limit 0
      """)

  @Option(help: ArgumentHelp("Include only addresses that were first seen on or after this day.", valueName: "day"))
  var newSince: String?

  @Flag(help: "Print one line per address, without folding campaigns and pools.")
  var addresses = false

  @Option(help: "What a line stands for: one source, or one operator with all its sources.")
  var by: SenderLine = .source

  @Flag(help: "Include sources that were acknowledged with `dmarcstat ack`.")
  var acknowledged = false

  @OptionGroup var filter: FilterOptions
  @OptionGroup var pageOptions: PageOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    if addresses, by == .operator { throw ValidationError("Use --addresses or --by operator, not both.") }
  }

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let today = filter.period.today(context.configuration)
    let filter = try filter.filter(defaultLimit: 20, in: context)
    let day = try newSince.map { try PeriodOptions.day("--new-since", $0, today).lowerBound }
    let judging = try context.classificationContext()
    let declarations = try Declarations(judging, context.database)
    let naming = by == .operator ? try context.naming(for: true) : nil
    let line = by == .operator ? "--by operator" : addresses ? "--addresses" : nil
    let options = [line, acknowledged ? "--acknowledged" : nil].compactMap(\.self)
    let question = (["unknown-senders"] + options).joined(separator: " ")
    let after = try pageOptions.position(of: question, ranks: 2).map(SenderPlace.init)
    func senders(_ onLine: ((UnknownSender) throws -> Void)? = nil) throws -> RankedSenders {
      try Declarations.unknownSenders(
        context.database, judging, filter, newSince: day, today: PeriodOptions.today, isFolded: !addresses,
        withAcknowledged: acknowledged, after: after, naming: naming, onLine: onLine)
    }
    func command(_ sender: UnknownSender) -> ShellCommand? { declarations.proposal(sender.pool)?.command }
    func table(_ lines: [UnknownSender]) -> ResultTable {
      ResultTable(lines, byOperator: by == .operator) { command($0)?.description }
    }
    let covered = try context.covered(filter, self.filter.period)
    let answer: RankedSenders
    if filter.limit == nil {
      answer = try LongAnswer(covered, format).print(table([])) { body in
        try senders { line in for row in covered.completed(table([line]), format.format).rows { body(row) } }
      }
    } else {
      answer = try senders()
      let next = answer.omitted.lines > 0 ? answer.lines.last.map { RowPosition($0.place).token(of: question) } : nil
      covered.print(page: table(answer.lines), format, next: next)
    }
    let notes = Self.notes(answer)
    if format.format == .table {
      let steps = answer.lines.first.map { Self.nextSteps($0, command($0)) } ?? []
      if !(notes + steps).isEmpty { Terminal.print(lines: [""] + notes + steps) }
    } else {
      for line in notes { Terminal.complain(line) }
    }
  }

  private static func notes(_ answer: RankedSenders) -> [String] {
    let omitted = answer.omitted
    let acknowledged = IngestSummary.count(answer.acknowledged, "acknowledged source", "acknowledged sources")
    let hidden = answer.acknowledged > 0 ? ["\(acknowledged) not shown: --acknowledged shows them."] : []
    let cut = CutList(lines: omitted.lines, messages: omitted.messages).text("more line", "more lines")
    return (cut.map { ["\($0) not shown: --limit 0 shows all."] } ?? []) + hidden
  }

  private static func nextSteps(_ sender: UnknownSender, _ command: ShellCommand?) -> [String] {
    guard let address = IPAddress(sender.address) else { return [] }
    let why = "`\(ShellCommand(["dmarcstat", "explain", ShellWord(address)]))` explains why."
    if let command { return ["\(why) If it is yours, declare it:", "  \(command)"] }
    if !sender.namedBy.isEmpty { return ["\(why) Without --by operator, commands to declare sources are printed."] }
    if sender.pool.sources.isEmpty {
      return ["\(why) A campaign is not declared; --addresses shows its addresses."]
    }
    return [
      "\(why) Its names are not valid domain names, or its addresses have nothing in common, so no command is offered."
    ]
  }
}

/// What a line of `unknown-senders` stands for.
enum SenderLine: String, CaseIterable, ExpressibleByArgument {
  case source, `operator`
}

extension RowPosition {
  /// The bits of positive numbers are in the order of the numbers.
  fileprivate init(_ place: SenderPlace) {
    self.init(
      -Int64(bitPattern: max(0, place.threat).bitPattern), -place.messages, key: "\(place.source)\n\(place.address)")
  }
}

extension SenderPlace {
  /// The place in a cursor, which may hold anything.
  fileprivate init(_ position: RowPosition) {
    let names = position.key.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      threat: Double(bitPattern: UInt64(bitPattern: Int64(0).subtractingClamped(position.ranks[0]))),
      messages: Int64(0).subtractingClamped(position.ranks[1]), source: String(names[0]),
      address: String(names.dropFirst().first ?? ""))
  }
}
