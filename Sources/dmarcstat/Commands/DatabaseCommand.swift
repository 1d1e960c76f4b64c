import ArgumentParser
import DMARC
import Render
import Settings
import Store

struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db", abstract: "Inspect, check, prune, shrink and back up the database.",
    discussion: """
      EXAMPLES
        dmarcstat db info
        dmarcstat db check
        dmarcstat db backup /var/backups/dmarcstat.sqlite
        dmarcstat db prune --before 2024-01-01 --dry-run
        dmarcstat db vacuum
      """, subcommands: [Info.self, Check.self, Prune.self, Vacuum.self, Backup.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info",
      abstract: "Show what the database contains.",
      discussion: """
        EXAMPLES
          dmarcstat db info
          dmarcstat db info --format json
        """)

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let configuration = try databaseOptions.configuration()
      let info = try databaseOptions.openForReading(configuration).info()
      let facts: [(Column, Cell)] = [
        (Column("path"), .text(info.path)), (Column("bytes"), .integer(info.bytes)),
        (Column("reports"), .integer(info.reports)), (Column("records"), .integer(info.records)),
        (Column("messages"), .integer(info.messages)), (Column("first_day"), Cell(info.firstDay.map { "\($0)" })),
        (Column("last_day"), Cell(info.lastDay.map { "\($0)" })),
        (Column("policy_domains"), .integer(info.policyDomains)),
        (Column("reporters"), .integer(info.reporters)), (Column("sources"), .integer(info.sources)),
        (Column("flows"), .integer(info.flows)), (Column("flows_not_judged"), .integer(info.flowsNotJudged)),
        (Column("inputs"), .integer(info.inputs)), (Column("rejected"), .integer(info.rejected)),
        (Column("warnings"), .integer(info.warnings)), (Column("conflicts"), .integer(info.conflicts)),
        (Column("free_bytes"), .integer(info.freeBytes)), (Column("keep"), Cell(configuration.keep.map { "\($0)" })),
      ]
      if format.format == .table {
        var document = Document(facts: facts, sections: [], main: "")
        if info.conflicts > 0 { document.notes = [["Undecided conflicts: see `dmarcstat conflicts`."]] }
        format.print(document)
      } else {
        format.print(ResultTable(facts.map(\.0), [facts.map(\.1)]))
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Check the database for damage. The exit status is 4 if there is any.",
      discussion: """
        This includes the roll-ups, the sums that questions are answered from: they are compared with the records of all reports. \
        With --repair, they are built again first; other damage is not repaired.

        EXAMPLES
          dmarcstat db check && echo OK
          dmarcstat db check --repair
        """)

    @Flag(help: "Build the roll-ups again from the records, then check.")
    var repair = false

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      if repair { try buildRollUps() }
      let problems = try databaseOptions.openForReading().check()
      let table = ResultTable([Column("problem")], problems.map { [.text($0)] }, ifEmpty: "No damage found.")
      format.print(table)
      if !problems.isEmpty { throw ExitCode(.database) }
    }

    private func buildRollUps() throws {
      let bar = ProgressBar(isShown: true)
      defer { bar.finish() }
      try databaseOptions.openForWriting().database.repair {
        bar.update(share: $0, note: "building the roll-ups again")
      }
    }
  }

  struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "backup",
      abstract: "Copy the database to a new file, even while other processes use it.",
      discussion: """
        EXAMPLES
          dmarcstat db backup /var/backups/dmarcstat-2026-10-31.sqlite
        """)

    @Argument(help: "The new file; an existing file is not replaced.")
    var file: String

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws { try databaseOptions.openForReading().backup(to: file) }
  }
}
