import ArgumentParser
import Classification
import DMARC
import Foundation
import Lookup
import Render
import Settings
import Store
import Verdict

/// Where names are looked up.
struct DNSOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Name servers to ask, by commas: 192.0.2.53 or 127.0.0.1:5353. (default: `dns` of the configuration, then the system's)",
      valueName: "address"))
  var resolver: String?

  @Option(help: ArgumentHelp("Answer from this zone file and ask no name server.", valueName: "file"))
  var zone: String?

  func settings(_ configuration: Configuration) -> Configuration.DNSSettings {
    var settings = configuration.dns
    if let resolver { (settings.resolver, settings.zone) = (resolver, nil) }
    if let zone { settings.zone = zone }
    return settings
  }
}

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

  struct SPF: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "spf", abstract: "Who may send by the SPF record of a domain, with the way to each network.",
      discussion: """
        Follows the record and all that it includes, as RFC 7208 has it, and prints every network that passes: terms before \
        others win, what `-ip4:` takes out is out, and what cannot be evaluated is said. Nothing is stored.

        EXAMPLES
          dmarcstat senders spf example.com
          dmarcstat senders spf example.com --format ndjson | jq .network
          dmarcstat senders spf example.com --zone test.zone --format json
        """)

    @Argument(help: "A domain.")
    var domain: String

    @OptionGroup var dnsOptions: DNSOptions
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String?

    func run() throws {
      let name = try DomainName(argument: domain)
      let configuration = try Configuration.load(named: config)
      let service = try NameService(dnsOptions.settings(configuration))
      let context = try ClassificationContext(configuration, [])
      let deadline = Resolver.now + Double(configuration.dns.roundSeconds)
      guard let snapshot = SPFLookUp.expand(name, service, until: deadline) else {
        throw CommandError.source("\(name): time was up before the record was followed to its end")
      }
      Terminal.print(Rendering.printable(Self.document(snapshot, context), format.format))
      if snapshot.status == .temperror {
        throw CommandError.source("\(name): a name server did not answer: the list is not whole")
      }
      if snapshot.status != .valid { throw ExitCode(.incomplete) }
    }

    static func document(_ snapshot: SPFSnapshot, _ context: ClassificationContext) -> Document {
      let table = ResultTable(
        [Column("network"), Column("path"), Column("term"), Column("shared"), Column("everybody", isDetail: true)],
        snapshot.ranges.map { range in
          [
            .text("\(range.network)"), .text(range.pathText), .text(range.term),
            .flag(context.isShared(range, of: snapshot.domain)), .flag(range.isEverybody),
          ]
        }, ifEmpty: "Nobody may send.")
      return Document(
        facts: [
          (Column("domain"), .text(snapshot.domain.name)), (Column("status"), .text(snapshot.status.rawValue)),
          (Column("record"), Cell(snapshot.record)), (Column("look_ups"), .integer(Int64(snapshot.lookUps))),
          (Column("void_look_ups"), .integer(Int64(snapshot.voidLookUps))), (Column("errors"), .list(snapshot.errors)),
          (Column("dynamic_terms"), .list(snapshot.dynamicTerms)),
          (Column("inconclusive"), .flag(!snapshot.dynamicTerms.isEmpty || snapshot.status == .temperror)),
        ], sections: [.init("ranges", "Networks that pass", table)], main: "ranges")
    }
  }
}

/// Follows one SPF record.
enum SPFLookUp {
  private static let mostRounds = 30

  /// The snapshot of a domain; nil where time was up.
  static func expand(_ domain: DomainName, _ service: NameService, until deadline: Double) -> SPFSnapshot? {
    var answers: [DNSQuestion: DNSAnswer] = [:]
    for _ in 0..<mostRounds {
      let expansion = SPFExpansion(domain) { answers[$0] }
      if let snapshot = expansion.snapshot { return snapshot }
      let found = service.answers(to: Array(expansion.missing), until: deadline)
      guard found.count == expansion.missing.count else { return nil }
      answers.merge(found) { $1 }
    }
    return nil
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
