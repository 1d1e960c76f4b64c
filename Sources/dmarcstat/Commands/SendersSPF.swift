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
      commandName: "spf",
      abstract: "Show who may send according to the SPF record of a domain, with the path to each network.",
      discussion: """
        Expands the record and all nested records according to RFC 7208, and prints every network that passes: the first \
        matching term wins, networks excluded by `-ip4:` are omitted, and terms that cannot be evaluated are listed. Nothing \
        is stored.

        EXAMPLES
          dmarcstat senders spf example.com
          dmarcstat senders spf example.com --format ndjson | jq .network
          dmarcstat senders spf example.com --zone test.zone --format json
        """)

    @Argument(help: "The domain.", completion: Completions.domains)
    var domain: String

    @OptionGroup var dnsOptions: DNSOptions
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    func run() throws {
      let name = try DomainName(argument: domain)
      let configuration = try Configuration.load(named: config)
      let service = try NameService(dnsOptions.settings(configuration))
      let context = try ClassificationContext(configuration, [])
      let deadline = Resolver.now + Double(configuration.dns.roundSeconds)
      guard let snapshot = SPFLookUp.expand(name, service, until: deadline) else {
        throw CommandError.source("\(name): the time limit was reached before the record was fully expanded")
      }
      format.print(Self.document(snapshot, context))
      if snapshot.status == .temperror {
        throw CommandError.source("\(name): a name server did not answer: the list is incomplete")
      }
      if snapshot.status != .valid { throw ExitCode(.incomplete) }
    }

    static func document(_ snapshot: SPFSnapshot, _ context: ClassificationContext) -> Document {
      let table = ResultTable(
        [Column("network"), Column("path"), Column("term"), Column("shared"), Column("everybody", isDetail: true)],
        // Receivers do not get as far as the networks of several records.
        snapshot.ranges.filter { !$0.isOnlyMeant }.map { range in
          [
            .text("\(range.network)"), .text(range.pathText), .text(range.term),
            .flag(context.isShared(range, of: snapshot.domain)), .flag(range.isEverybody),
          ]
        }, ifEmpty: "No one may send.")
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

/// Expands one SPF record.
enum SPFLookUp {
  private static let maxRounds = 30

  /// The snapshot of a domain; nil if the deadline passed.
  static func expand(_ domain: DomainName, _ service: NameService, until deadline: Double) -> SPFSnapshot? {
    var answers: [DNSQuestion: DNSAnswer] = [:]
    for _ in 0..<maxRounds {
      let expansion = SPFExpansion(domain) { answers[$0] }
      if let snapshot = expansion.snapshot { return snapshot }
      let found = service.answers(to: Array(expansion.missing), until: deadline)
      guard found.count == expansion.missing.count else { return nil }
      answers.merge(found) { $1 }
    }
    return nil
  }
}
