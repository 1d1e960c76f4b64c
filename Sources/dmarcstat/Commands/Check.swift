import ArgumentParser
import Classification
import DMARC
import Foundation
import Lookup
import Render
import Settings
import Store
import Verdict

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check what a domain publishes for mail, or a single message.",
    discussion: """
      EXAMPLES
        dmarcstat check domain example.com
        dmarcstat check domain --all
        dmarcstat check message saved.eml
      """, subcommands: [CheckDomain.self, CheckMessage.self])
}

struct CheckDomain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "domain",
    abstract: "Find mistakes in the DMARC, SPF and DKIM records of domains, and what to publish instead.",
    discussion: """
      Looks up the DMARC record and what applies to subdomains, the SPF record with everything that it includes and the \
      lookups that each term costs, DKIM keys, mail servers, and MTA-STS, TLS-RPT, BIMI and DANE records. Each finding has a \
      severity, a code, the place in the record, the reason, and, where there is one, the record to publish as a line of a \
      zone file and as a provider's form takes it. Nothing is stored. If there is an MTA-STS record, its policy is fetched by \
      HTTPS, unless --zone or --no-fetch is given.

      Keys are found by their selectors: those of --selector, those in stored reports, the usual ones of services that the \
      SPF and MX records name, and common names. If there is a database, includes and keys that no mail of the last 90 days \
      used are named, too.

      --history looks nothing up: it shows what `senders refresh` has found so far, with the times between which each record was \
      seen. Records that only one lookup did not find are marked, because a name server may have had a brief fault.

      The exit status is 0 if there are no errors, 1 if there are, and 3 if the domain's own records could not be looked up.

      EXAMPLES
        dmarcstat check domain example.com
        dmarcstat check domain example.com --selector s2026 --selector news
        dmarcstat check domain example.com example.org --format ndjson
        dmarcstat check domain --all --quiet                      from cron
        dmarcstat check domain example.com --zone new.zone        before it is published
        dmarcstat check domain example.com --resolver 127.0.0.1 --lang ja
        dmarcstat check domain example.com --history
      """)

  @Argument(help: ArgumentHelp("The domains.", valueName: "domain"), completion: Completions.domains)
  var domains: [String] = []

  @Flag(help: "Check all domains that stored reports are about.")
  var all = false

  @Option(name: .shortAndLong, help: ArgumentHelp("The selector of a DKIM key (repeatable).", valueName: "name"))
  var selector: [String] = []

  @Flag(name: .shortAndLong, help: "Print only domains with errors, and only their errors.")
  var quiet = false

  @Flag(help: "Ask only DNS: do not fetch the policy of MTA-STS.")
  var noFetch = false

  @Flag(help: "Show what was published, and when, by the lookups of `senders refresh`.")
  var history = false

  @Option(
    help: ArgumentHelp(
      "The maximum time for lookups in seconds. (default: `dns` of the configuration, then 300)", valueName: "seconds"))
  var maxTime: Int?

  @OptionGroup var dnsOptions: DNSOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  private static let mostNamedSelectors = 40

  func validate() throws {
    if all == !domains.isEmpty { throw ValidationError("Name domains, or use --all for all domains of the database.") }
    for domain in domains { _ = try DomainName(argument: domain) }
    guard selector.count <= Self.mostNamedSelectors else {
      throw ValidationError("--selector may be given \(Self.mostNamedSelectors) times.")
    }
    if history, !selector.isEmpty || quiet || dnsOptions.zone != nil || dnsOptions.resolver != nil {
      throw ValidationError("--history looks nothing up: leave out --selector, --quiet, --zone and --resolver.")
    }
    for name in selector where !Self.isSelector(name) {
      throw ValidationError("--selector \"\(name)\" is not valid: use the value of s= in the DKIM-Signature field.")
    }
  }

  private static func isSelector(_ name: String) -> Bool {
    guard let domain = DomainName("example.com")?.publishable else { return false }
    return RecordOwner(selector: name, of: domain) != nil
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let database = try databaseOptions.openIfThere(configuration, isNeeded: all || history)
    // Reports name whatever their authors like. Only valid names are domains that anyone can publish records for.
    let known = try database?.policyDomains().filter { $0.publishable != nil } ?? []
    var seen: Set<DomainName> = []
    let names = try all ? known : domains.map { try DomainName(argument: $0) }.filter { seen.insert($0).inserted }
    if history {
      return try printHistory(names, database ?? databaseOptions.openForReading(configuration), configuration)
    }
    let context = try ClassificationContext(configuration, [])
    let deadline = Resolver.now + Double(maxTime ?? configuration.dns.roundSeconds)
    let service = try NameService(dnsOptions.settings(configuration))
    let lookUps = DomainLookUps(
      service: service, selectors: selector, organisations: context.ruleContext.organisations,
      fetchesPolicies: !noFetch && service.isNetwork, deadline: deadline)
    let today = PeriodOptions.localToday(configuration)
    let checks = try lookUps.run(names) { check in
      guard let database else { return nil }
      return try DomainUse.read(check.domain, check.snapshot, among: known, today: today, database, context)
    }
    let answer = DomainCheckAnswer(
      checks: checks, isQuiet: quiet, phrasebook: Phrasebook(languageOption.language(configuration)))
    Terminal.print(answer.printable(format.format))
    try end(checks.map(\.check))
  }

  private func printHistory(
    _ names: [DomainName], _ database: ReportDatabase, _ configuration: Configuration
  ) throws {
    let snapshots = try names.flatMap { try database.records(of: $0) }
    let answer = RecordHistoryAnswer(
      histories: RecordHistory.split(snapshots), phrasebook: Phrasebook(languageOption.language(configuration)))
    Terminal.print(answer.printable(format.format))
  }

  private func end(_ checks: [DomainCheck]) throws {
    let unanswered = checks.filter { !$0.unanswered.isEmpty }
    if let first = unanswered.first {
      let others = unanswered.count == 1 ? "" : " and \(unanswered.count - 1) more"
      throw CommandError.source(
        "no name server answered for \(first.domain)\(others): check the network, or name a server with --resolver")
    }
    if checks.contains(where: { $0.worst == .error }) { throw ExitCode(.incomplete) }
  }
}
