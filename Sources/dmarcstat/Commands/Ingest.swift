import ArgumentParser
import DMARC
import Render
import Store

struct Ingest: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read reports from files, folders and mail into the database.",
    discussion: """
      Folders are searched with all below them, Maildirs included. What a file is, its bytes say, not its name: XML, gzip, zip, \
      bzip2, zlib or tar, a mail, an mbox file, and any of these within each other. Files that were read before and have not \
      changed since are passed over, and an mbox file that has grown is read from where it ended, so the same call can run \
      from cron for ever. Nothing is counted twice, also when the same report comes again under another name.

      Damaged reports are mended where that can be done, and marked: `dmarcstat show report` lists what was done. What cannot \
      be read is named once, with the cause; mail of other kinds is left alone.

      EXAMPLES
        dmarcstat ingest ~/dmarc-reports
        dmarcstat ingest ~/Maildir/.DMARC /var/mail/dmarc
        dmarcstat ingest report.xml.gz another.zip mail.eml
        dmarcstat ingest - < mail.eml                 for a mail filter
        dmarcstat ingest --quiet /var/spool/dmarc     for cron
        dmarcstat ingest --after move:done drop       keep the drop folder short
        dmarcstat ingest --dry-run ~/downloads        what would it do?
      """)

  @Argument(
    help: ArgumentHelp(
      "Files and folders; - is standard input. (default: `sources` of the configuration)", valueName: "path"))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      What becomes of a file once its reports are stored: keep, delete, or move:FOLDER. Files without a report, or with \
      one that was rejected, in conflict or cut off, stay, and so do mbox files. (default: `after` of the configuration, \
      then keep)
      """, valueName: "action"))
  var after: AfterAction?

  @Flag(name: .shortAndLong, help: "Print nothing but what needs a person.")
  var quiet = false

  @Flag(help: "Read and check everything, but store nothing.")
  var dryRun = false

  @Flag(help: "Read inputs again that were rejected before.")
  var retry = false

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var formatOption: FormatOption
  @OptionGroup(title: "Limits") var limitOptions: LimitOptions

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let paths = paths.isEmpty ? configuration.sources : paths
    guard !paths.isEmpty else {
      throw ValidationError("Name files or folders to read, or `sources` in the configuration.")
    }
    let database = try open(configuration)
    let bar = ProgressBar(isShown: !quiet)
    let run = IngestRun(
      database: database, limits: limitOptions.limits(configuration.limits), isDryRun: dryRun, retriesRejected: retry,
      after: after ?? configuration.after
    ) { progress, tally in
      bar.update(
        share: progress.share,
        note: "\(progress.files)/\(progress.totalFiles) files  \(tally.newReports) new reports, \(tally.rowsSeen) rows")
    }
    let tally: IngestTally
    do {
      tally = try run.run(paths)
      bar.finish()
    } catch {
      bar.finish()
      throw error
    }
    if !dryRun {
      if configuration.dns.refreshesOnIngest, tally.newReports > 0 {
        _ = try LookUps.refresh(
          database, configuration, configuration.dns, maxTime: nil, isForced: false, isQuiet: quiet)
      }
      let judging = try Judging(configuration, database)
      if try judging.isNeeded(database) { try judging.refresh(database) }
    }
    report(tally)
    if tally.exitStatus != 0 { throw ExitCode(tally.exitStatus) }
  }

  /// A dry run leaves no trace: without a database it works on an empty one in memory.
  private func open(_ configuration: Configuration) throws -> ReportDatabase {
    guard dryRun else { return try databaseOptions.openForWriting(isQuiet: quiet).database }
    let path = databaseOptions.path(configuration)
    guard FileCheck.exists(path) else { return try ReportDatabase() }
    return try DatabaseOptions.open(path, isQuiet: quiet)
  }

  /// Rejections that are named one by one; somebody may send them by the thousand.
  private static let mostRejections = 100

  private func report(_ tally: IngestTally) {
    for problem in tally.unreachable + tally.truncated + tally.conflicts {
      Terminal.complain(of: problem.place, problem.text)
    }
    for (number, problem) in tally.rejected.enumerated() where number < Self.mostRejections {
      Terminal.complain(of: problem.place, problem.text)
    }
    if tally.rejected.count > Self.mostRejections {
      Terminal.complain(
        "\(tally.rejected.count - Self.mostRejections) more were rejected: `dmarcstat rejects` lists them")
    }
    if tally.droppedRows > 0 {
      let rows = IngestSummary.count(tally.droppedRows, "row was", "rows were")
      Terminal.complain("\(rows) left out of the counts: `dmarcstat show domain NAME` lists the warnings")
    }
    guard !quiet else { return }
    if formatOption.format == .table {
      Terminal.print(IngestSummary.text(tally, isDryRun: dryRun))
    } else {
      Terminal.print(Rendering.text(IngestSummary.table(tally), formatOption.format))
    }
  }
}

/// The one summary at the end of `ingest`.
enum IngestSummary {
  static func text(_ tally: IngestTally, isDryRun: Bool) -> String {
    var parts = [count(tally.newReports, "new report", "new reports")]
    if tally.duplicates > 0 { parts.append(count(tally.duplicates, "duplicate", "duplicates")) }
    if !tally.conflicts.isEmpty { parts.append(count(tally.conflicts.count, "conflict", "conflicts")) }
    if !tally.rejected.isEmpty { parts.append("\(tally.rejected.count) rejected") }
    if !tally.others.isEmpty { parts.append(others(tally.others)) }
    if tally.known > 0 { parts.append("\(tally.known) read before") }
    var text = "\(isDryRun ? "Dry run, nothing stored. " : "")\(count(tally.inputs, "file", "files")): "
    text += parts.joined(separator: ", ") + "\n"
    if tally.newReports > 0 {
      text +=
        "\(count(tally.rows, "row", "rows")), \(tally.messages) messages, \(count(tally.warnings, "warning", "warnings"))"
      if tally.droppedRows > 0 { text += ", \(count(tally.droppedRows, "row", "rows")) left out" }
      text += "; \(seconds(tally)) s\n"
      let mended = [(tally.recovered, "mended"), (tally.truncated.count, "cut off, with the rows kept that are whole")]
      let notes = mended.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
      if !notes.isEmpty { text += "Of the new reports: \(notes.joined(separator: ", ")).\n" }
    }
    if tally.clearedAway > 0 { text += "\(count(tally.clearedAway, "file", "files")) cleared away.\n" }
    if !tally.rejected.isEmpty {
      let reasons = Dictionary(grouping: tally.rejected, by: \.code).map { "\($0.value.count) \($0.key)" }.sorted()
      text += "Rejected: \(reasons.joined(separator: ", ")). See `dmarcstat rejects`.\n"
    } else if tally.knownRejected > 0 {
      text +=
        "\(tally.knownRejected) of those read before were rejected: `dmarcstat rejects` lists them, --retry tries again.\n"
    }
    return text
  }

  /// `3 that are no report (a bounce: 2, plain text: 1)`.
  private static func others(_ kinds: [String: Int]) -> String {
    let sorted = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let texts = sorted.prefix(5).map { "\($0.key): \($0.value)" } + (sorted.count > 5 ? ["…"] : [])
    let sum = kinds.values.reduce(0, +)
    return "\(sum) that \(sum == 1 ? "is" : "are") no report (\(texts.joined(separator: ", ")))"
  }

  static func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }

  static func table(_ tally: IngestTally) -> ResultTable {
    let numbers: [(String, Int64)] = [
      ("inputs", Int64(tally.inputs)), ("known", Int64(tally.known)), ("new_reports", Int64(tally.newReports)),
      ("duplicates", Int64(tally.duplicates)), ("conflicts", Int64(tally.conflicts.count)),
      ("rejected", Int64(tally.rejected.count)), ("not_a_report", Int64(tally.others.values.reduce(0, +))),
      ("unreachable", Int64(tally.unreachable.count)), ("rows", Int64(tally.rows)), ("messages", tally.messages),
      ("warnings", Int64(tally.warnings)), ("dropped_rows", Int64(tally.droppedRows)),
      ("recovered", Int64(tally.recovered)), ("truncated", Int64(tally.truncated.count)),
      ("cleared_away", Int64(tally.clearedAway)),
    ]
    return ResultTable(
      numbers.map { Column($0.0) } + [
        Column("rejected_reasons"), Column("not_a_report_kinds"), Column("seconds"),
      ],
      [
        numbers.map { .integer($0.1) } + [
          .list(tally.rejected.map { "\($0.place): \($0.code)" }),
          .list(tally.others.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }), .number(tally.seconds),
        ]
      ])
  }

  private static func seconds(_ tally: IngestTally) -> String {
    let tenths = Int((tally.seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
