import ArgumentParser
import Classification
import DMARC
import Render
import Settings
import Store

struct Senders: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Declare who may send in your name.",
    discussion: """
      A known sender is recognised by address, by network, by a domain for which its mail passes DKIM or SPF, by the host names \
      of its servers, or by its autonomous system (which needs a MaxMind DB file, `geoip` in the configuration). Its kind says \
      whose it is: own (your server), service (sends for you), gateway (a filter of yours), forwarder (forwards your mail).

      EXAMPLES
        dmarcstat senders list
        dmarcstat senders add "Office mail" --kind own --address 192.0.2.0/28
        dmarcstat senders add Newsletters --kind service --domain mailer.example
        dmarcstat senders remove Newsletters
      """, subcommands: [List.self, Add.self, Remove.self, Suggest.self, Refresh.self, SPF.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "All known senders.",
      discussion: """
        EXAMPLES
          dmarcstat senders list
          dmarcstat senders list --format json
        """)

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let answer = try databaseOptions.openUpToDate().knownSenders()
      Terminal.print(Rendering.printable(ResultTable(answer), format.format))
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Declare a sender, or give a known one more addresses and domains.",
      discussion: """
        EXAMPLES
          dmarcstat senders add "Office mail" -k own -a 192.0.2.0/28 -a 2001:db8::/48
          dmarcstat senders add Newsletters --domain mailer.example
        """)

    @Argument(help: "What you call it.")
    var name: String

    @Option(
      name: .shortAndLong, help: "Whose it is.")
    var kind: KnownSender.Kind = .service

    @Option(name: .shortAndLong, help: ArgumentHelp("An address or network; may be repeated.", valueName: "address"))
    var address: [String] = []

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp(
        "A domain that its mail passes DKIM or SPF for, names below it included; may be repeated.", valueName: "name"))
    var domain: [String] = []

    @Option(
      name: .long,
      help: ArgumentHelp(
        "A host name, names below it included, that leads back to its address; may be repeated.", valueName: "name"))
    var host: [String] = []

    @Option(name: .long, help: ArgumentHelp("An autonomous system, AS64500; may be repeated.", valueName: "number"))
    var asn: [String] = []

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let networks = try address.map { text in
        guard let network = CIDR(text) else { throw ValidationError("\"\(text)\" is no address and no network.") }
        return network
      }
      func names(_ texts: [String]) throws -> [DomainName] {
        try texts.map { text in
          guard let name = DomainName(text) else { throw ValidationError("\"\(text)\" is no domain name.") }
          return name
        }
      }
      let asns = try asn.map { text in
        guard let number = ConfigurationReader.asn(text) else {
          throw ValidationError("\"\(text)\" is no number of an autonomous system.")
        }
        return number
      }
      let sender = KnownSender(
        name: name, kind: kind, networks: networks, domains: try names(domain), hosts: try names(host), asns: asns)
      guard !sender.isUnrecognisable else {
        throw ValidationError("Say how to recognise it: --address, --domain, --host or --asn.")
      }
      guard !name.isEmpty else { throw ValidationError("A sender needs a name.") }
      let (database, configuration) = try databaseOptions.openForWriting()
      try database.declare(sender)
      try Classifier(configuration, database).refresh(database)
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take back a declaration.",
      discussion: """
        EXAMPLES
          dmarcstat senders remove Newsletters
        """)

    @Argument(help: "What you called it.")
    var name: String

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let (database, configuration) = try databaseOptions.openForWriting()
      guard try database.removeSender(named: name) else {
        throw CommandError.usage("there is no known sender \"\(name)\": see `dmarcstat senders list`")
      }
      try Classifier(configuration, database).refresh(database)
    }
  }
}

extension KnownSender.Kind: ExpressibleByArgument {}
