import ArgumentParser
import Lookup
import Render
import Store
import Verdict

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
