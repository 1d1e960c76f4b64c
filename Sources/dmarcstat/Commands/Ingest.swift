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
import Verdict

struct Ingest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Ingest reports from files, folders, email and IMAP mailboxes into the database.",
    discussion: """
      Folders, including Maildirs, are searched recursively. The format of a file is detected from its content, not from its \
      name: XML, gzip, zip, bzip2, zlib, tar, an email message, an mbox file, or any nesting of these. Files that were read \
      before and have not changed are skipped, and an mbox file that has grown is read from its previous end, so the same \
      command can run from cron indefinitely. Nothing is counted twice, even if the same report arrives under another name.

      Damaged reports are repaired if possible, and marked: `dmarcstat show report` lists the repairs. An input that cannot \
      be read is reported once, with the cause; messages that are not reports are left alone.

      Mailboxes on IMAP servers are described in the configuration (`accounts`, see docs/imap.md) or named by URL. Fetching a \
      message does not change its flags; it is moved, marked or deleted only after its reports are stored. The database \
      records by UID, not by flags, which messages were read. `dmarcstat accounts test` checks the setup of an account.

      EXAMPLES
        dmarcstat ingest ~/dmarc-reports
        dmarcstat ingest ~/Maildir/.DMARC /var/mail/dmarc
        dmarcstat ingest report.xml.gz another.zip mail.eml
        dmarcstat ingest - < mail.eml                 from a mail filter
        dmarcstat ingest --quiet /var/spool/dmarc     from cron
        dmarcstat ingest --after move:done drop       keep the drop folder small
        dmarcstat ingest --dry-run ~/downloads        show what would happen
        dmarcstat ingest                              the configured sources
        dmarcstat ingest --account reports --watch    run as a service
        dmarcstat ingest --password-file pw imaps://dmarc@imap.example.com/INBOX
      """)

  @Argument(
    help: ArgumentHelp(
      """
      Files and folders to read; - is standard input; imaps://user@host/FOLDER is a mailbox. (default: the `sources` and \
      `accounts` of the configuration)
      """, valueName: "source"),
    completion: .file())
  var sources: [String] = []

  @Option(
    help: ArgumentHelp("Read only this account of the configuration (repeatable).", valueName: "name"),
    completion: Completions.accounts)
  var account: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      What to do with a file or message after its reports are stored: keep, delete or move:FOLDER; for messages on a server \
      also seen. Inputs without a report, or with a report that is rejected, conflicting, truncated or missing rows, are kept, \
      as are mbox files. \
      (default: `after` of the configuration, then keep)
      """, valueName: "action"))
  var after: String?

  @Flag(name: .shortAndLong, help: "Only report problems that need attention.")
  var quiet = false

  @Flag(help: "Read and check everything, but store nothing.")
  var dryRun = false

  @Flag(help: "Retry inputs that were rejected before.")
  var retry = false

  @Flag(help: "Keep running and ingest new reports as they arrive. SIGHUP reloads the configuration.")
  var watch = false

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var formatOption: FormatOption
  @OptionGroup(title: "Mailboxes named by URL") var mailboxOptions: MailboxOptions
  @OptionGroup(title: "Limits") var limitOptions: LimitOptions

  func validate() throws {
    guard !watch || !dryRun else { throw ValidationError("--watch and --dry-run cannot be combined.") }
    guard !watch || !sources.contains("-") else { throw ValidationError("Standard input cannot be watched.") }
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let plan = try IngestRequest(sources, account, mailboxOptions, after: after, configuration)
    let database = try open(configuration)
    if watch { return try watch(database, configuration, plan) }
    let bar = ProgressBar(isShown: !quiet)
    let ingester = makeIngester(database, configuration, plan) { progress, tally in
      bar.update(
        share: progress.share,
        note: "\(progress.counts)  \(tally.newReports) new reports, \(tally.rowsSeen) rows")
    }
    var signals: GracefulTermination?
    defer { signals?.stop() }
    let tally: IngestTally
    do {
      tally = try ingester.run(plan.paths, plan.accounts) { [interruption = interruption(database, configuration)] in
        signals = GracefulTermination($0, $1, onEnd: interruption)
      }
      bar.finish()
    } catch {
      bar.finish()
      // If no thread can be created, closing the database would block forever.
      if case IngestionError.noThread = error { Dmarcstat.end(with: error) }
      throw error
    }
    signals?.stop()
    if !dryRun { try classify(tally, database, configuration) }
    // If persistent problems cannot be recorded, all of them are reported.
    report(tally, try? persistentProblems(tally, plan, database))
    if !dryRun {
      try removeOldReports(database, configuration)
      try recordRun(tally.exitStatus, database)
      try AlertSearch.afterIngest(database, configuration)
    }
    if tally.exitStatus != .success { throw ExitCode(tally.exitStatus) }
  }

  private func makeIngester(
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

  /// Says at a signal what is stored, and how to go on. Stored is what another reader sees: the rest is rolled back.
  private func interruption(
    _ database: ReportDatabase, _ configuration: Configuration
  ) -> @Sendable () -> Void {
    guard !quiet else { return {} }
    let phrasebook = Phrasebook(LanguageOption.language(configuration))
    guard !dryRun else { return { Terminal.complain(phrasebook.text("ingest.interrupted-dry")) } }
    let (path, before) = (database.path, (try? database.reportCount()) ?? 0)
    return {
      let reader = try? ReportDatabase(path: path, access: .readOnly, patience: 1)
      let stored = ((try? reader?.reportCount()) ?? nil).map { max(0, $0.subtractingClamped(before)) }
      let code = stored == nil ? "" : stored == 1 ? "-one" : "-many"
      Terminal.complain(phrasebook.text("ingest.interrupted\(code)", ["count": stored.map { "\($0)" } ?? ""]))
    }
  }

  private func classify(_ tally: IngestTally, _ database: ReportDatabase, _ configuration: Configuration) throws {
    if configuration.dns.refreshesOnIngest, tally.newReports > 0 {
      _ = try LookUps.refresh(
        database, configuration, configuration.dns, maxTime: nil, isForced: false, isQuiet: quiet)
    }
    let classifier = try Classifier(configuration, database)
    if try classifier.isNeeded(database) { try classifier.refresh(database) }
  }

  private func removeOldReports(_ database: ReportDatabase, _ configuration: Configuration) throws {
    try ReportKeeping(database: database, configuration: configuration).run(
      today: PeriodOptions.localToday(configuration)
    ) {
      if !quiet { Terminal.complain($0) }
    }
  }

  /// Records for `metrics` when reports were last looked for, and whether all sources could be read.
  private func recordRun(_ status: ExitStatus, _ database: ReportDatabase) throws {
    try database.recordIngest(at: Int64(Date().timeIntervalSince1970), wasEverythingRead: status != .source)
  }

  /// How often that is recorded while no reports arrive.
  private static let idleRecordInterval = Duration.seconds(60)

  /// How often alerts are looked for while no reports arrive, which may be what to tell.
  private static let idleAlertInterval = Duration.seconds(1_800)

  /// Ingests new reports until a signal stops the process.
  private func watch(_ database: ReportDatabase, _ configuration: Configuration, _ plan: IngestRequest) throws {
    let signals = SignalMonitor()
    plan.after.removeLeftovers()
    var (configuration, plan) = (configuration, plan)
    let journal = ReadingJournal(beside: database.path, sources: plan.paths + plan.accounts.map(\.name))
    journal?.noteCrashes()
    defer { journal?.close() }
    var lastAlert = ContinuousClock.now
    var (lastRecord, lastStatus) = (ContinuousClock.now, ExitStatus.success)
    var problems = WatchedProblems(plan.paths, plan.accounts)
    func alert(_ database: ReportDatabase, _ configuration: Configuration) throws {
      try AlertSearch.afterIngest(database, configuration)
      lastAlert = .now
    }
    while true {
      let ingester = makeIngester(database, configuration, plan) { _, _ in }
      let request = try WatchLoop(ingester, plan, Self.supervision(signals), journal) { tally in
        if tally.newReports > 0 { try classify(tally, database, configuration) }
        try removeOldReports(database, configuration)
        try problems.update(tally, database, now: Int64(Date().timeIntervalSince1970))
        (lastRecord, lastStatus) = (.now, tally.exitStatus)
        try recordRun(lastStatus, database)
        if !tally.isEmpty {
          var tally = tally
          tally.inputs = tally.filesRead
          report(tally)
        }
        try alert(database, configuration)
      } onIdle: {
        if Self.idleRecordInterval < .now - lastRecord {
          lastRecord = .now
          try recordRun(lastStatus, database)
        }
        if Self.idleAlertInterval < .now - lastAlert { try alert(database, configuration) }
      }.watch()
      guard request == .reload else { return }
      SystemdNotifier.isReloading()
      signals.forgetReload()
      do {
        let changed = try databaseOptions.configuration()
        plan = try IngestRequest(sources, account, mailboxOptions, after: after, changed)
        configuration = changed
        problems = WatchedProblems(plan.paths, plan.accounts)
        if let senders = changed.knownSenders { try database.setConfiguredSenders(senders) }
        try database.setConfiguredIgnoreRules(changed.ignoreRules, by: .current(nil))
        if !quiet { Terminal.complain("configuration reloaded") }
      } catch {
        // A mistake in the configuration must not end the service.
        Terminal.complain("the previous configuration stays in use: \(CommandError(error)?.message ?? "\(error)")")
      }
    }
  }

  private static func supervision(_ signals: SignalMonitor) -> WatchSupervision {
    WatchSupervision(
      request: { signals.current },
      begin: { SystemdNotifier.isReady("Watching \($0.accounts.count) accounts, \($0.paths.count) paths") },
      noteAlive: SystemdNotifier.isAlive, noteStopping: SystemdNotifier.isStopping)
  }

  /// A dry run changes nothing: if there is no database, it uses an empty one in memory.
  private func open(_ configuration: Configuration) throws -> ReportDatabase {
    guard dryRun else { return try databaseOptions.openForWriting(isQuiet: quiet).database }
    let path = try databaseOptions.path(configuration)
    guard access(path, F_OK) == 0 else { return try ReportDatabase() }
    return try DatabaseOptions.open(path, isQuiet: quiet)
  }

  /// Maximum number of unreadable files and folders that are reported one by one.
  private static let maxProblems = 1_000
  /// Maximum number of rejections that are reported one by one, because an attacker may send thousands.
  private static let maxRejections = 100

  /// The problems with unreadable sources that a quiet run reports; nil if the run reports all of them.
  private func persistentProblems(
    _ tally: IngestTally, _ plan: IngestRequest, _ database: ReportDatabase
  ) throws -> PersistentProblems? {
    guard !dryRun else { return nil }
    let problems = try PersistentProblems(
      tally, plan.paths, plan.accounts, database, now: Int64(Date().timeIntervalSince1970))
    return quiet ? problems : nil
  }

  private func report(_ tally: IngestTally, _ persistent: PersistentProblems? = nil) {
    let lines = persistent?.lines ?? (tally.unreachable + tally.omissions).map { ($0.location, $0.text) }
    for (location, text) in lines.prefix(Self.maxProblems) { Terminal.complain(of: location, text) }
    if lines.count > Self.maxProblems {
      Terminal.complain("\(lines.count - Self.maxProblems) more files or folders could not be read")
    }
    for problem in tally.truncated + tally.conflicts {
      Terminal.complain(of: problem.location, problem.text)
    }
    for problem in tally.doubtful.prefix(Self.maxRejections) { Terminal.complain(of: problem.location, problem.text) }
    if tally.doubtful.count > Self.maxRejections {
      Terminal.complain(
        "\(tally.doubtful.count - Self.maxRejections) more reports did not come from their usual sender")
    }
    for (number, problem) in tally.rejected.enumerated() where number < Self.maxRejections {
      Terminal.complain(of: problem.location, problem.text)
    }
    if tally.rejected.count > Self.maxRejections {
      Terminal.complain(
        "\(IngestSummary.count(tally.rejected.count - Self.maxRejections, "more input was", "more inputs were")) rejected: `dmarcstat rejects` lists them"
      )
    }
    if tally.droppedRows > 0 {
      let rows = IngestSummary.count(tally.droppedRows, "row was", "rows were")
      Terminal.complain("\(rows) dropped and not counted: `dmarcstat show domain NAME` lists the warnings")
    }
    guard !quiet else { return }
    if formatOption.format == .table {
      Terminal.print(lines: IngestSummary.text(tally, isDryRun: dryRun).split(separator: "\n").map(String.init))
    } else {
      formatOption.print(IngestSummary.table(tally))
    }
  }
}
