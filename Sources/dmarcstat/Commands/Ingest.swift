import ArgumentParser
import Classification
import DMARC
import Foundation
import Glibc
import Ingestion
import Intake
import Render
import Settings
import Store

struct Ingest: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read reports from files, folders, mail and mail servers into the database.",
    discussion: """
      Folders are searched with all below them, Maildirs included. What a file is, its bytes say, not its name: XML, gzip, zip, \
      bzip2, zlib or tar, a mail, an mbox file, and any of these within each other. Files that were read before and have not \
      changed since are passed over, and an mbox file that has grown is read from where it ended, so the same call can run \
      from cron for ever. Nothing is counted twice, also when the same report comes again under another name.

      Damaged reports are mended where that can be done, and marked: `dmarcstat show report` lists what was done. What cannot \
      be read is named once, with the cause; mail of other kinds is left alone.

      Mailboxes on IMAP servers are described in the configuration (`accounts`, see docs/imap.md) or named by URL. Mails are fetched \
      without a trace, and moved, marked or deleted only once their reports are stored. Which ones were read, the database \
      remembers by their numbers, not by flags. `dmarcstat accounts test` shows whether all is set up.

      EXAMPLES
        dmarcstat ingest ~/dmarc-reports
        dmarcstat ingest ~/Maildir/.DMARC /var/mail/dmarc
        dmarcstat ingest report.xml.gz another.zip mail.eml
        dmarcstat ingest - < mail.eml                 for a mail filter
        dmarcstat ingest --quiet /var/spool/dmarc     for cron
        dmarcstat ingest --after move:done drop       keep the drop folder short
        dmarcstat ingest --dry-run ~/downloads        what would it do?
        dmarcstat ingest                              `sources` and `accounts` of the configuration
        dmarcstat ingest --account reports --watch    stay, and read mail when it comes
        dmarcstat ingest --password-file pw --after move:Done imaps://dmarc@imap.example.com/INBOX
      """)

  @Argument(
    help: ArgumentHelp(
      """
      Files and folders; - is standard input; imaps://user@host/FOLDER is a mailbox. (default: `sources` and `accounts` of \
      the configuration)
      """, valueName: "source"),
    completion: .file())
  var sources: [String] = []

  @Option(
    help: ArgumentHelp("Only this account of the configuration; may be repeated.", valueName: "name"))
  var account: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      What becomes of a file or mail once its reports are stored: keep, delete, or move:FOLDER; for mail on a server also seen. \
      Those without a report, or with one that was rejected, in conflict, cut off or with dropped rows, stay, and so do mbox files. \
      (default: `after` of the configuration, then keep)
      """, valueName: "action"))
  var after: String?

  @Flag(name: .shortAndLong, help: "Print nothing but what needs a person.")
  var quiet = false

  @Flag(help: "Read and check everything, but store nothing.")
  var dryRun = false

  @Flag(help: "Read inputs again that were rejected before.")
  var retry = false

  @Flag(help: "Stay, and read what comes in as soon as it comes: for a service. SIGHUP reads the configuration anew.")
  var watch = false

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var formatOption: FormatOption
  @OptionGroup(title: "Mailboxes named by URL") var mailboxOptions: MailboxOptions
  @OptionGroup(title: "Limits") var limitOptions: LimitOptions

  func validate() throws {
    guard !watch || !dryRun else { throw ValidationError("--watch and --dry-run do not go together.") }
    guard !watch || !sources.contains("-") else { throw ValidationError("Standard input cannot be watched.") }
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let plan = try IngestRequest(sources, account, mailboxOptions, after: after, configuration)
    let database = try open(configuration)
    if watch { return try watch(database, configuration, plan) }
    let bar = ProgressBar(isShown: !quiet)
    let run = ingestRun(database, configuration, plan) { progress, tally in
      bar.update(
        share: progress.share,
        note: "\(progress.counts)  \(tally.newReports) new reports, \(tally.rowsSeen) rows")
    }
    var signals: GracefulTermination?
    defer { signals?.stop() }
    let tally: IngestTally
    do {
      tally = try run.run(plan.paths, plan.accounts) { signals = GracefulTermination($0, $1) }
      bar.finish()
    } catch {
      bar.finish()
      // Without threads, letting go of the database would take for ever.
      if case IngestionError.noThread = error { Dmarcstat.end(with: error) }
      throw error
    }
    signals?.stop()
    if !dryRun { try judge(tally, database, configuration) }
    // Where nothing can be remembered, all of it is said.
    report(tally, try? lastingProblems(tally, plan, database))
    if tally.exitStatus != .success { throw ExitCode(tally.exitStatus) }
  }

  private func ingestRun(
    _ database: ReportDatabase, _ configuration: Configuration, _ plan: IngestRequest,
    onProgress: @escaping (IngestProgress, IngestTally) -> Void
  ) -> Ingester {
    let isQuiet = quiet
    for account in plan.accounts { account.warn() }
    return Ingester(
      database: database, limits: limitOptions.limits(configuration.limits),
      trustedHosts: Set(configuration.trustedHosts), isDryRun: dryRun, retriesRejected: retry,
      after: plan.after, note: { if !isQuiet { Terminal.complain($0) } }, onProgress: onProgress)
  }

  private func judge(_ tally: IngestTally, _ database: ReportDatabase, _ configuration: Configuration) throws {
    if configuration.dns.refreshesOnIngest, tally.newReports > 0 {
      _ = try LookUps.refresh(
        database, configuration, configuration.dns, maxTime: nil, isForced: false, isQuiet: quiet)
    }
    let judging = try Classifier(configuration, database)
    if try judging.isNeeded(database) { try judging.refresh(database) }
  }

  /// Goes on until it is told to end.
  private func watch(_ database: ReportDatabase, _ configuration: Configuration, _ plan: IngestRequest) throws {
    let signals = SignalMonitor()
    plan.after.removeLeftovers()
    var (configuration, plan) = (configuration, plan)
    let journal = ReadingJournal(beside: database.path, sources: plan.paths + plan.accounts.map(\.name))
    journal?.noteCrashes()
    defer { journal?.close() }
    while true {
      let run = ingestRun(database, configuration, plan) { _, _ in }
      let wish = try WatchLoop(run, plan, Self.supervision(signals), journal) { tally in
        guard !tally.isEmpty else { return }
        if tally.newReports > 0 { try judge(tally, database, configuration) }
        var tally = tally
        tally.inputs = tally.filesRead
        report(tally)
      }.watch()
      guard wish == .reload else { return }
      SystemdNotifier.isReloading()
      signals.forgetReload()
      do {
        let changed = try databaseOptions.configuration()
        plan = try IngestRequest(sources, account, mailboxOptions, after: after, changed)
        configuration = changed
        if let senders = changed.knownSenders { try database.setConfiguredSenders(senders) }
        if !quiet { Terminal.complain("the configuration was read anew") }
      } catch {
        // A service must not end because of a slip in a file.
        Terminal.complain("the configuration stays as it was: \(CommandError(error)?.message ?? "\(error)")")
      }
    }
  }

  private static func supervision(_ signals: SignalMonitor) -> WatchSupervision {
    WatchSupervision(
      wish: { signals.current },
      begin: { SystemdNotifier.isReady("Watching \($0.accounts.count) accounts, \($0.paths.count) paths") },
      noteAlive: SystemdNotifier.isAlive, noteStopping: SystemdNotifier.isStopping)
  }

  /// A dry run leaves no trace: without a database it works on an empty one in memory.
  private func open(_ configuration: Configuration) throws -> ReportDatabase {
    guard dryRun else { return try databaseOptions.openForWriting(isQuiet: quiet).database }
    let path = try databaseOptions.path(configuration)
    guard access(path, F_OK) == 0 else { return try ReportDatabase() }
    return try DatabaseOptions.open(path, isQuiet: quiet)
  }

  /// Files and folders that are named one by one.
  private static let mostProblems = 1_000
  /// Rejections that are named one by one; somebody may send them by the thousand.
  private static let mostRejections = 100

  /// What a quiet run says about sources that cannot be read; nil where all of it is said each time.
  private func lastingProblems(
    _ tally: IngestTally, _ plan: IngestRequest, _ database: ReportDatabase
  ) throws -> PersistentProblems? {
    guard !dryRun else { return nil }
    let problems = try PersistentProblems(
      tally, plan.paths, plan.accounts, database, now: Int64(Date().timeIntervalSince1970))
    return quiet ? problems : nil
  }

  private func report(_ tally: IngestTally, _ lasting: PersistentProblems? = nil) {
    let lines = lasting?.lines ?? (tally.unreachable + tally.omissions).map { ($0.place, $0.text) }
    for (place, text) in lines.prefix(Self.mostProblems) { Terminal.complain(of: place, text) }
    if lines.count > Self.mostProblems {
      Terminal.complain("\(lines.count - Self.mostProblems) more files or folders could not be read")
    }
    for problem in tally.truncated + tally.conflicts {
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
      Terminal.print(PrintableText(ownText: IngestSummary.text(tally, isDryRun: dryRun)))
    } else {
      Terminal.print(Rendering.printable(IngestSummary.table(tally), formatOption.format))
    }
  }
}
