import ArgumentParser
import DMARC
import Lookup
import Render
import Store
import Verdict

struct UnknownSenders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unknown-senders",
    abstract: "Show sources that need review, the most threatening first.",
    discussion: """
      These sources are not declared, and no signature of yours, no receiver and no earlier messages authenticate them. They \
      are ranked by threat: volume, spread over addresses, domains and reporters, newness, and the verdict. The addresses of a \
      pool are folded into one line: an IPv6 /64, the hosts of one operator (*.example.net), or at least three addresses of a /24.

      If a source is yours, declare it: the command is printed below the table and in `declare` of the other formats. All \
      others are what p=quarantine and p=reject are meant to stop.

      EXAMPLES
        dmarcstat unknown-senders --month last-month
        dmarcstat unknown-senders --new-since 7d      new this week
        dmarcstat unknown-senders --addresses         one line per address
        dmarcstat unknown-senders --format ndjson --limit 0
      """)

  @Option(help: ArgumentHelp("Include only addresses that were first seen on or after this day.", valueName: "day"))
  var newSince: String?

  @Flag(help: "Print one line per address, without folding pools.")
  var addresses = false

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let today = filter.period.today(context.configuration)
    let filter = try filter.filter(defaultLimit: 20, in: context)
    let day = try newSince.map { try PeriodOptions.day("--new-since", $0, today).lowerBound }
    let suffixes = PublicSuffixList()
    let answer = try context.database.unknownSenders(
      filter, severities: Verdict.severities, newSince: day, today: PeriodOptions.today,
      isFolded: !addresses,
      organisation: { suffixes.organisation(of: $0) ?? $0 })
    try context.covered(filter, self.filter.period).print(
      ResultTable(answer) { Self.command($0)?.description }, format.format)
    if format.format == .table, let first = answer.first {
      Terminal.print(lines: [""] + Self.nextSteps(first))
    }
  }

  private static func nextSteps(_ sender: UnknownSender) -> [String] {
    guard let address = IPAddress(sender.address) else { return [] }
    let explain = ShellCommand(["dmarcstat", "explain", ShellWord(address)])
    let why = "`\(explain)` explains why."
    guard let command = command(sender) else {
      return ["\(why) Its host name is not a valid domain name, so no command to declare it is offered."]
    }
    return ["\(why) If it is yours, declare it:", "  \(command)"]
  }

  /// The command that declares a source as known; nil if its host name is not a valid domain name.
  static func command(_ sender: UnknownSender) -> ShellCommand? {
    let start: [ShellWord] = ["dmarcstat", "senders", "add", "NAME", "--kind", "own"]
    if sender.source.hasPrefix("*.") {
      let host = DomainName(String(sender.source.dropFirst(2)))?.publishable
      return host.map { ShellCommand(start + ["--host", ShellWord($0)]) }
    }
    // That a whole IPv4 network belongs to one sender is only a guess: the command names the address with most mail.
    let isNetwork = sender.source.contains("/") && !sender.source.contains(":")
    return CIDR(isNetwork ? sender.address : sender.source).map { network in
      let isSingle = network.length == network.network.bitWidth
      return ShellCommand(start + ["--address", isSingle ? ShellWord(network.network) : ShellWord(network)])
    }
  }
}

extension Verdict {
  /// The severity of each verdict, by the words that are stored.
  fileprivate static var severities: [VerdictSeverity] {
    allCases.flatMap { verdict in
      verdict.subtypes.map { subtype in
        VerdictSeverity(
          verdict: verdict.rawValue, subtype: subtype.rawValue, severity: Int64(verdict.severity(ofSubtype: subtype)))
      }
    }
  }
}
