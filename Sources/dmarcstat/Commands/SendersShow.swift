import ArgumentParser
import DMARC
import Render
import Store

extension Senders {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show what a known sender matches among the stored reports.",
      discussion: """
        EXAMPLES
          dmarcstat senders show Newsletters
        """)

    @Argument(help: "The name of the sender.", completion: Completions.senders)
    var name: String

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      guard let matches = try databaseOptions.openUpToDate().matches(ofSender: name) else {
        throw CommandError.usage("there is no known sender \"\(name)\": see `dmarcstat senders list`")
      }
      Terminal.print(lines: SenderAnswer.lines(name, matches))
    }
  }
}

/// What a declaration matches, in a sentence.
enum SenderAnswer {
  private static let mostNames = 3

  static func lines(_ name: String, _ matches: SenderMatches?, changedVerdicts: Int? = nil) -> [String] {
    let changed = changedVerdicts.map { "; \(IngestSummary.count($0, "verdict", "verdicts")) changed" } ?? ""
    guard let matches, matches.addresses > 0 else {
      return [
        "\"\(name)\" matches nothing that is stored\(changed). A domain counts where SPF or DKIM passes for it, a host only "
          + "with confirmed reverse DNS: see `dmarcstat senders refresh`."
      ]
    }
    let addresses = IngestSummary.count(Int(clamping: matches.addresses), "address", "addresses")
    let messages = IngestSummary.count(Int(clamping: matches.messages), "message", "messages")
    return ["\"\(name)\" matches \(addresses) with \(messages) from \(froms(matches.headerFroms))\(changed)."]
  }

  private static func froms(_ names: [String]) -> String {
    let shown = names.prefix(mostNames).joined(separator: ", ")
    if names.isEmpty { return "no From domain" }
    return names.count > mostNames ? "\(shown) and \(names.count - mostNames) more From domains" : shown
  }
}
