import ArgumentParser
import Classification
import DMARC
import Lookup
import Render
import Settings
import Verdict

extension Senders {
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
