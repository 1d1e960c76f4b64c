import ArgumentParser
import DMARC
import Foundation
import Intake
import Lookup
import Render
import Store
import Verdict

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "How each of your domains fares.",
    discussion: """
      For each policy domain: messages, how many passed DMARC, by what, what was done with the rest, and what you publish. \
      With a period, CHANGE compares the pass rate with the period of the same length before it, in percentage points.

      EXAMPLES
        dmarcstat summary
        dmarcstat summary --month last-month
        dmarcstat summary --since 7d --domain example.com
        dmarcstat summary --format json | jq '.[] | {policy_domain, pass_rate}'
      """)

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let answer = try databaseOptions.openUpToDate().summary(
      filter.filter(defaultLimit: nil), today: PeriodOptions.today)
    Terminal.print(Rendering.printable(ResultTable(answer), format.format))
  }
}

struct TopFailures: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who fails DMARC, most messages first.",
    discussion: """
      Each line is a source that failed: what the raw SPF and DKIM checks said, for which domains, and the verdict on it. \
      With --by verdict, each line says what kind of failure it is, in words. `dmarcstat explain ADDRESS` tells why, and what to do.

      EXAMPLES
        dmarcstat top-failures
        dmarcstat top-failures --by verdict --month 2026-10   start here
        dmarcstat top-failures --by network --since 7d
        dmarcstat top-failures -d example.com --limit 0 --format csv
      """)

  @Option(help: "What to group by.")
  var by: FailureGrouping = .source

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let answer = try databaseOptions.openUpToDate().failures(by: by, filter.filter(defaultLimit: 20))
    let phrasebook = Phrasebook(languageOption.language(try databaseOptions.configuration()))
    let table = ResultTable(answer, by: by) { key in
      let code = "verdict.\(key.map { $0 == "/" ? "." : String($0) }.joined())"
      return
        "\(phrasebook.text(code.split(separator: ".").prefix(2).joined(separator: "."))) (\(phrasebook.text(code)))"
    }
    Terminal.print(Rendering.printable(table, format.format))
  }
}

struct UnknownSenders: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sources that a person should look at, the most threatening first.",
    discussion: """
      Nobody has declared them, and neither a signature of yours nor a receiver nor earlier mail vouches for them. They are \
      ranked by threat: volume, spread over addresses, domains and reporters, newness, and the verdict. Addresses of one pool are \
      folded into one line: an IPv6 /64, one operator's hosts (*.example.net), or three and more addresses of a /24.

      If one is yours, declare it: the command stands in `declare` of the other formats and below the table. If it is nobody's, it \
      is what p=quarantine and p=reject are for.

      EXAMPLES
        dmarcstat unknown-senders --month last-month
        dmarcstat unknown-senders --new-since 7d      new this week
        dmarcstat unknown-senders --addresses         every address by itself
        dmarcstat unknown-senders --format ndjson --limit 0
      """)

  @Option(help: ArgumentHelp("Only addresses that were never seen before this day.", valueName: "day"))
  var newSince: String?

  @Flag(help: "Every address by itself, pools not folded.")
  var addresses = false

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let today = PeriodOptions.today
    let day = try newSince.map { try PeriodOptions.day("--new-since", $0, today).lowerBound }
    let suffixes = PublicSuffixList()
    let answer = try databaseOptions.openUpToDate().unknownSenders(
      filter.filter(defaultLimit: 20), severities: Verdict.severities, newSince: day, today: today,
      isFolded: !addresses,
      organisation: { suffixes.organisation(of: $0) ?? $0 })
    Terminal.print(Rendering.printable(ResultTable(answer) { Self.command($0)?.description }, format.format))
    if format.format == .table, let first = answer.first {
      Terminal.print(lines: [""] + Self.nextSteps(first))
    }
  }

  private static func nextSteps(_ sender: UnknownSender) -> [String] {
    guard let address = IPAddress(sender.address) else { return [] }
    let explain = ShellCommand(["dmarcstat", "explain", ShellWord(address)])
    let why = "`\(explain)` tells why."
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
  /// How serious each verdict is, in the words that are stored.
  fileprivate static var severities: [VerdictSeverity] {
    allCases.flatMap { verdict in
      verdict.subtypes.map { subtype in
        VerdictSeverity(
          verdict: verdict.rawValue, subtype: subtype.rawValue, severity: Int64(verdict.severity(ofSubtype: subtype)))
      }
    }
  }
}

struct Forwarding: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Mail that was only forwarded, by forwarder.",
    discussion: """
      SPF cannot survive forwarding, a DKIM signature can. This lists mail that lost SPF on the way while an aligned signature \
      survived, and mail of which the receiver itself says that it was forwarded or came by a list. It is judged from the raw \
      results: that policy_evaluated says spf=fail is no sign of forwarding, most such mail comes from services with an \
      envelope domain of their own. BASIS says whether receivers attest it or it is inferred from signatures, envelopes and \
      earlier mail; CONFIDENCE, how sure that is.

      EXAMPLES
        dmarcstat forwarding --month last-month
        dmarcstat forwarding --domain example.com --format csv
      """)

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let suffixes = PublicSuffixList()
    let answer = try databaseOptions.openUpToDate().forwarding(
      filter.filter(defaultLimit: 20), verdicts: Verdict.allCases.filter(\.isForwarding).map(\.rawValue),
      organisation: { suffixes.organisation(of: $0) ?? $0 })
    Terminal.print(Rendering.printable(ResultTable(answer), format.format))
  }
}

struct Rejects: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Inputs that could not be read, and what to do about them.",
    discussion: """
      Each was named once, when `ingest` met it. It is tried again when the file changes, or with `dmarcstat ingest --retry`.

      EXAMPLES
        dmarcstat rejects
        dmarcstat rejects --format json
      """)

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("At most this many rows; 0 for all.", valueName: "rows"))
  var limit = 50

  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    var answer = try databaseOptions.openUpToDate().rejects(limit: limit == 0 ? nil : limit)
    for index in answer.indices { answer[index].path = InputFile.path(ofLedgerName: answer[index].path) }
    Terminal.print(Rendering.printable(ResultTable(answer), format.format))
  }
}
