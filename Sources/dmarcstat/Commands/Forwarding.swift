import ArgumentParser
import DMARC
import Lookup
import Render
import Store
import Verdict

struct Forwarding: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forwarding",
    abstract: "Show messages that were only forwarded, by forwarder.",
    discussion: """
      SPF does not survive forwarding; a DKIM signature can. This lists messages that lost SPF in transit while an aligned \
      signature survived, and messages that the receiver itself reports as forwarded or sent through a mailing list. It uses \
      the raw results: spf=fail in policy_evaluated does not indicate forwarding, because most such messages come from \
      services with their own envelope domain. BASIS says whether receivers attest the forwarding, or it is inferred from \
      signatures, envelopes and earlier messages; CONFIDENCE says how certain it is.

      With --by operator, each line is what the forwarding hosts are called (`dmarcstat names`).

      EXAMPLES
        dmarcstat forwarding --month last-month
        dmarcstat forwarding --domain example.com --format csv
        dmarcstat forwarding --by operator
      """)

  @Option(help: "What a line stands for.")
  var by: ForwardingLine = .forwarder

  @OptionGroup var filter: FilterOptions
  @OptionGroup var pageOptions: PageOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let suffixes = PublicSuffixList()
    let context = try QueryContext(databaseOptions)
    let filter = try filter.filter(defaultLimit: 20, in: context)
    let question = by == .forwarder ? "forwarding" : "forwarding --by \(by.rawValue)"
    let after = try pageOptions.position(of: question)
    let answer = try context.database.forwarding(
      filter, verdicts: Verdict.allCases.filter(\.isForwarding).map(\.rawValue),
      after: after.map { (messages: Int64(0).subtractingClamped($0.ranks.first ?? 0), forwarder: $0.key) },
      organisation: { suffixes.organisation(of: $0) ?? $0 },
      naming: by == .operator ? try context.naming(for: true) : nil)
    let next =
      answer.omitted > 0
      ? answer.lines.last.map { RowPosition(-$0.messages, key: $0.forwarder).token(of: question) } : nil
    let omitted = CutList(lines: answer.omitted).text(
      by == .forwarder ? "more forwarder" : "more operator", by == .forwarder ? "more forwarders" : "more operators")
    try context.covered(filter, self.filter.period).print(
      page: ResultTable(answer.lines, byOperator: by == .operator), format, next: next, omitted: omitted)
  }
}

/// What a line of `forwarding` stands for.
enum ForwardingLine: String, CaseIterable, ExpressibleByArgument {
  case forwarder, `operator`
}
