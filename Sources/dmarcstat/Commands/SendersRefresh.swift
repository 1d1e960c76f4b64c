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
      abstract: "Look up SPF records and host names, and judge again with what was found.",
      discussion: """
        Looks up the SPF record of every domain that reports are about, with all that it includes, and the host name of every \
        source address (which counts only where it leads back to the address). Answers are kept for as long as they say, so the \
        same call can run from cron; a round that ran out of time goes on where it ended.

        EXAMPLES
          dmarcstat senders refresh
          dmarcstat senders refresh --resolver 127.0.0.1 --max-time 60
          dmarcstat senders refresh --zone test.zone      without any name server
        """)

    @OptionGroup var dnsOptions: DNSOptions

    @Option(help: ArgumentHelp("Most seconds that it may take. (default: 300)", valueName: "seconds"))
    var maxTime: Int?

    @Flag(help: "Ask again, also where answers still hold.")
    var force = false

    @Flag(name: .shortAndLong, help: "Print nothing but what needs a person.")
    var quiet = false

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let (database, configuration) = try databaseOptions.openForWriting(isQuiet: quiet)
      let tally = try LookUps.refresh(
        database, configuration, dnsOptions.settings(configuration), maxTime: maxTime, isForced: force, isQuiet: quiet)
      if !quiet { Terminal.print(PrintableText(ownText: LookUps.text(tally))) }
      if tally.isUnfinished {
        Terminal.complain("time was up before everything was looked up: run it again, and it goes on where it ended")
        throw ExitCode(.incomplete)
      }
      if tally.questions > 0, tally.failures == tally.questions {
        throw CommandError.source("no name server answered: check the network, or name one with --resolver")
      }
    }
  }
}

/// A round of look-ups with its progress, and judging after it.
enum LookUps {
  static func refresh(
    _ database: ReportDatabase, _ configuration: Configuration, _ settings: Configuration.DNSSettings, maxTime: Int?,
    isForced: Bool, isQuiet: Bool
  ) throws -> DNSRefresh.Tally {
    let judging = try Classifier(configuration, database)
    let bar = ProgressBar(isShown: !isQuiet)
    let deadline = Resolver.now + Double(maxTime ?? settings.roundSeconds)
    let round = DNSRefresh(
      database: database, service: try NameService(settings), context: judging.context, deadline: deadline,
      isForced: isForced
    ) { done, total in
      bar.update(share: Double(done) / Double(max(total, 1)), note: "\(done)/\(total) domains and addresses looked up")
    }
    defer { bar.finish() }
    let tally = try round.run()
    if try judging.isNeeded(database) { try judging.refresh(database) }
    return tally
  }

  static func text(_ tally: DNSRefresh.Tally) -> String {
    var text =
      "\(tally.domains) domains looked up, \(tally.records) with an SPF record; "
      + "\(tally.sources) addresses, \(tally.hosts) with a host name that leads back; \(tally.questions) questions asked"
    if tally.failures > 0 { text += ", \(tally.failures) without an answer" }
    return text + "\n"
  }
}
