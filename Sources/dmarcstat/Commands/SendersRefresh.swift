import ArgumentParser
import Classification
import DMARC
import Lookup
import Render
import Settings
import Store
import Verdict

extension Senders {
  struct Refresh: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "refresh",
      abstract: "Look up published records and host names, and update the verdicts.",
      discussion: """
        Looks up the SPF record of every policy domain, including nested records, and the host name of every source (which \
        counts only with forward-confirmed reverse DNS). Also looks up the other records for mail, and keeps what changes with \
        its date: DMARC, DKIM keys that reports show, who agrees to receive reports, MX, MTA-STS and TLS-RPT. \
        `check domain --history` shows them, and `changes` tells what changed. Answers are cached for their time to live, so the same command can \
        run from cron; a run that exceeds its time limit is continued by the next one.

        EXAMPLES
          dmarcstat senders refresh
          dmarcstat senders refresh --resolver 127.0.0.1 --max-time 60
          dmarcstat senders refresh --zone test.zone      without name servers
        """)

    @OptionGroup var dnsOptions: DNSOptions

    @Option(help: ArgumentHelp("The maximum run time in seconds. (default: 300)", valueName: "seconds"))
    var maxTime: Int?

    @Flag(help: "Query again even if cached answers are still valid.")
    var force = false

    @Flag(name: .shortAndLong, help: "Only report problems that need attention.")
    var quiet = false

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let (database, configuration) = try databaseOptions.openForWriting(isQuiet: quiet)
      let tally = try LookUps.refresh(
        database, configuration, dnsOptions.settings(configuration), maxTime: maxTime, isForced: force, isQuiet: quiet)
      if !quiet { Terminal.print(lines: LookUps.text(tally).split(separator: "\n").map(String.init)) }
      if tally.isUnfinished {
        Terminal.complain("the time limit was reached before all lookups were done: run the command again to continue")
        throw ExitCode(.incomplete)
      }
      if tally.questions > 0, tally.failures == tally.questions {
        throw CommandError.source("no name server answered: check the network, or specify one with --resolver")
      }
    }
  }
}

/// A refresh of the DNS lookups with a progress bar, followed by an update of the verdicts.
enum LookUps {
  static func refresh(
    _ database: ReportDatabase, _ configuration: Configuration, _ settings: Configuration.DNSSettings, maxTime: Int?,
    isForced: Bool, isQuiet: Bool
  ) throws -> DNSRefresh.Tally {
    let classifier = try Classifier(configuration, database)
    let bar = ProgressBar(isShown: !isQuiet)
    let deadline = Resolver.now + Double(maxTime ?? settings.roundSeconds)
    let refresh = DNSRefresh(
      database: database, service: try NameService(settings), context: classifier.context, deadline: deadline,
      isForced: isForced
    ) { done, total in
      bar.update(share: Double(done) / Double(max(total, 1)), note: "\(done)/\(total) domains and addresses looked up")
    }
    defer { bar.finish() }
    let tally = try refresh.run()
    if try classifier.isNeeded(database) { try classifier.refresh(database) }
    return tally
  }

  static func text(_ tally: DNSRefresh.Tally) -> String {
    var text =
      "\(tally.domains) domains looked up, \(tally.records) with an SPF record; "
      + "\(tally.sources) addresses, \(tally.hosts) with forward-confirmed reverse DNS; \(tally.questions) queries sent"
    if tally.failures > 0 { text += ", \(tally.failures) unanswered" }
    return text + "\n"
  }
}
