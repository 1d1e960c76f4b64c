import ArgumentParser
import DMARC
import Render
import Settings
import Store

extension DatabaseCommand {
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "prune",
      abstract: "Remove old reports.",
      discussion: """
        Without --before, `keep` in the configuration says how long reports are kept: `keep: 25 months`. Then `ingest` also \
        removes old reports, once a day. A report over several days is old when its last day is. One with an impossible period, \
        such as 1970, counts as of the day on which it arrived. The inputs that contained them stay in the ledger, so that \
        they are not read again.

        Others can read and write meanwhile. A run that is interrupted is continued by the next one. The space that becomes \
        free is used by new reports, or given back to the file system; databases created by earlier versions must be \
        rewritten for that once (`dmarcstat db vacuum`).

        EXAMPLES
          dmarcstat db prune --dry-run
          dmarcstat db prune
          dmarcstat db prune --before 2024-01-01 --dry-run
          dmarcstat db prune --before 730d
        """)

    @Option(
      help: ArgumentHelp(
        "Remove reports for days before this one. (default: `keep` of the configuration)", valueName: "day"))
    var before: String?

    @Flag(help: "Only print how many reports would be removed.")
    var dryRun = false

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let configuration = try databaseOptions.configuration()
      let day = try day(configuration)
      let pruned = try dryRun ? databaseOptions.openForReading(configuration).prunable(before: day) : prune(before: day)
      let keep = before == nil ? configuration.keep : nil
      var lines = [ReportKeeping.sentence(pruned.removed, before: day, keep, isTrial: dryRun)]
      if pruned.kept > 0 {
        lines.append(
          "\(pruned.kept) reports for impossible days, such as 1970-01-01, \(dryRun ? "would be" : "were") kept: they count as of the day on which they arrived."
        )
      }
      Terminal.print(lines: lines)
    }

    private func day(_ configuration: Configuration) throws -> CalendarDay {
      let today = PeriodOptions.localToday(configuration)
      if let before { return try PeriodOptions.day("--before", before, today).lowerBound }
      guard let day = configuration.keep?.firstDay(on: today) else {
        throw CommandError.usage(
          "nothing says which reports are old: add --before DAY, or `keep: 25 months` to the configuration")
      }
      return day
    }

    private func prune(before day: CalendarDay) throws -> ReportDatabase.Pruned {
      let (database, configuration) = try databaseOptions.openForWriting()
      let bar = ProgressBar(isShown: true)
      defer { bar.finish() }
      let pruned = try database.prune(
        before: day,
        progress: { removed, all in
          bar.update(share: Double(removed) / Double(max(all, 1)), note: "\(removed) of \(all) reports removed")
        })
      guard pruned.removed > 0 else { return pruned }
      bar.update(share: 1, note: "removing unused names, updating verdicts")
      try database.deleteUnusedNames()
      try ReportKeeping(database: database, configuration: configuration).judge()
      try database.shrink()
      return pruned
    }
  }

  struct Vacuum: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "vacuum",
      abstract: "Rewrite the database file without free space.",
      discussion: """
        `db prune` gives free space back by itself. This command is needed once for a database that was created by an earlier \
        version, and afterwards only to put pages in order. It writes the file anew: it needs free disk space for the content \
        twice, once in $SQLITE_TMPDIR or /var/tmp and once beside the database. Other processes can read meanwhile, but not write.

        EXAMPLES
          dmarcstat db vacuum
        """)

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let (database, _) = try databaseOptions.openForWriting()
      let (free, used) = try (database.freeBytes(), database.usedBytes())
      Terminal.complain(
        "rewriting \(database.path): needs \(used) bytes in the folder for temporary files, and as many beside the database"
      )
      try database.vacuum()
      Terminal.print(lines: ["\(try max(0, free - database.freeBytes())) bytes are free for other uses."])
    }
  }
}
