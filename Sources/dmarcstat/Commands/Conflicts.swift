import ArgumentParser
import Classification
import Render
import Store

struct Conflicts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts",
    abstract: "Show and decide conflicts: two contents under the identity of one report.",
    discussion: """
      The content that arrived first counts until you decide. `keep` confirms it, `take` replaces it with the other content, and \
      `both` counts both, as two parts of one report. `undo` takes a decision back. The inputs of a decided conflict are cleaned \
      up like others.

      EXAMPLES
        dmarcstat conflicts
        dmarcstat conflicts show 1
        dmarcstat conflicts take 1
        dmarcstat conflicts both 2 3
        dmarcstat conflicts take --all-supersets
        dmarcstat conflicts undo 1
      """, subcommands: [List.self, Show.self, Keep.self, Take.self, Both.self, Undo.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List undecided conflicts.",
      discussion: """
        EXAMPLES
          dmarcstat conflicts list
          dmarcstat conflicts list --all --format json
        """)

    @Flag(help: "Include decided conflicts.")
    var all = false

    @Option(
      name: [.customShort("n"), .long],
      help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
    var limit = 50

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let database = try databaseOptions.openForReading()
      let conflicts = try database.conflicts(all: all, limit: limit == 0 ? nil : limit)
      let facts = conflicts.map(\.facts)
      let empty = all ? "There are no conflicts." : "No conflict is undecided."
      var table = ResultTable(facts.first?.map(\.0) ?? [], facts.map { $0.map(\.1) }, ifEmpty: empty)
      table.hide([
        "begin", "end", "stored_origin", "other_origin", "stored_sha256", "other_sha256", "decided_at", "relation",
        "report", "stored_sender", "stored_sender_standing", "other_sender_standing", "seen_at",
      ])
      format.print(table, outOf: try database.countConflicts(all: all), "more conflict", "more conflicts")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Compare the two contents of a conflict row by row.",
      discussion: """
        EXAMPLES
          dmarcstat conflicts show 1
          dmarcstat conflicts show 1 --format csv
        """)

    @Argument(help: "The number of the conflict.")
    var number: Int64

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      guard let conflict = try databaseOptions.openForReading().conflicts([number]).first else {
        throw CommandError(ConflictProblem.unknown(number))
      }
      let columns = [
        "in", "source_ip", "header_from", "stored_messages", "other_messages", "dkim", "spf", "disposition",
      ]
      let rows = ResultTable(
        columns.map { Column($0) }, (conflict.comparison?.lines ?? []).map(\.cells),
        ifEmpty: "The rows cannot be compared.")
      format.print(Document(facts: conflict.facts, sections: [.init("rows", "Rows", rows)], main: "rows"))
    }
  }

  struct Keep: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "keep", abstract: "Let the stored content count.",
      discussion: """
        EXAMPLES
          dmarcstat conflicts keep 1
        """)

    @OptionGroup var choice: ConflictChoice
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws { try choice.decide(.keep, databaseOptions) }
  }

  struct Take: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "take", abstract: "Let the other content count instead of the stored one.",
      discussion: """
        EXAMPLES
          dmarcstat conflicts take 1
          dmarcstat conflicts take --all-supersets
        """)

    @Argument(help: ArgumentHelp("The numbers of conflicts.", valueName: "number"))
    var numbers: [Int64] = []

    @Flag(
      help:
        "Take every undecided other content that has all stored rows, comes from the same sender, and is the only one.")
    var allSupersets = false

    @Option(help: ArgumentHelp("Why, for the trace.", valueName: "text"))
    var reason: String?

    @OptionGroup var databaseOptions: DatabaseOptions

    func validate() throws {
      guard allSupersets != !numbers.isEmpty else {
        throw ValidationError("Specify either numbers of conflicts or --all-supersets.")
      }
    }

    func run() throws {
      var numbers = numbers
      if allSupersets {
        let conflicts = try databaseOptions.openForWriting().database.conflicts()
        let byReport = Dictionary(grouping: conflicts, by: \.report)
        numbers = conflicts.filter { $0.isSafeToTake && byReport[$0.report]?.count == 1 }.map(\.number)
      }
      try ConflictChoice.decide(numbers, .take, reason, databaseOptions)
    }
  }

  struct Both: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "both", abstract: "Let both contents count, as two parts of one report.",
      discussion: """
        EXAMPLES
          dmarcstat conflicts both 2
        """)

    @OptionGroup var choice: ConflictChoice
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws { try choice.decide(.both, databaseOptions) }
  }

  struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "undo", abstract: "Take a decision back.",
      discussion: """
        EXAMPLES
          dmarcstat conflicts undo 1
        """)

    @OptionGroup var choice: ConflictChoice
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws { try choice.decide(nil, databaseOptions) }
  }
}

/// The conflicts that a command decides.
struct ConflictChoice: ParsableArguments {
  @Argument(help: ArgumentHelp("The numbers of conflicts.", valueName: "number"))
  var numbers: [Int64]

  @Option(help: ArgumentHelp("Why, for the trace.", valueName: "text"))
  var reason: String?

  func decide(_ decision: ReportConflict.Decision?, _ options: DatabaseOptions) throws {
    try Self.decide(numbers, decision, reason, options)
  }

  static func decide(
    _ numbers: [Int64], _ decision: ReportConflict.Decision?, _ reason: String?, _ options: DatabaseOptions
  ) throws {
    let (database, configuration) = try options.openForWriting()
    do {
      let changed = try database.decide(numbers, decision, by: .current(reason))
      if !changed.isEmpty { try Classifier(configuration, database).refresh(database) }
      let what = decision.map { "decided (\($0.rawValue))" } ?? "undecided again"
      let list = changed.map(String.init).joined(separator: ", ")
      Terminal.print(lines: [changed.isEmpty ? "Nothing to change." : "Conflict \(list): \(what)."])
    } catch let problem as ConflictProblem { throw CommandError(problem) }
  }
}

extension CommandError {
  init(_ problem: ConflictProblem) {
    self.init(message: Self.text(problem), status: .incomplete)
  }

  private static func text(_ problem: ConflictProblem) -> String {
    switch problem {
    case .unknown(let number): "there is no conflict \(number): see `dmarcstat conflicts --all`"
    case .notKept(let number, let origin):
      "the other content of conflict \(number) is not kept, because it is too large or too many conflicts are undecided: decide others, then run `dmarcstat ingest` with a copy of \(origin)"
    case .decidedLater(let number):
      "another decision about the same report was taken after that of conflict \(number): undo that one first (`dmarcstat conflicts --all`)"
    case .otherMissing(let number):
      "the second part that conflict \(number) added is not stored any more: restore it first, see `dmarcstat reports removed`"
    }
  }
}
