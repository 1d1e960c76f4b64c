public import ArgumentParser
import Classification
import DMARC
import Render
import Settings
import Store

struct Senders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "senders",
    abstract: "Manage known senders: those who may send in your name.",
    discussion: """
      A known sender is recognised by an address, a network, a domain for which its messages pass DKIM or SPF, the host names \
      of its servers, or its autonomous system (which requires a MaxMind DB file, `geoip` in the configuration). Its kind says \
      what it does: own (your server), service (sends for you), gateway (filters your mail), forwarder (forwards your mail). \
      With --for it counts only for mail in the name of one organisation, so that a hoster's customers do not vouch for each other.

      EXAMPLES
        dmarcstat senders list
        dmarcstat senders add "Office mail" --kind own --address 192.0.2.0/28
        dmarcstat senders add Newsletters --kind service --domain mailer.example
        dmarcstat senders add Shop --kind own --address 192.0.2.80 --for example.com
        dmarcstat senders show Newsletters
        dmarcstat senders remove Newsletters
      """, subcommands: [List.self, Show.self, Add.self, Remove.self, Suggest.self, Refresh.self, SPF.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List all known senders.",
      discussion: """
        EXAMPLES
          dmarcstat senders list
          dmarcstat senders list --format json
        """)

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let answer = try databaseOptions.openUpToDate().knownSenders()
      format.print(ResultTable(answer))
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Declare a sender, or add addresses and domains to a known one.",
      discussion: """
        Prints what the sender now matches among the stored reports. Without --for it counts for all your domains; with --for \
        only for mail with these From domains and the domains below them. A network wider than /16 (IPv6: /32) or a public \
        suffix such as co.uk would vouch for strangers, and needs --force; 0.0.0.0/0 and ::/0 are never accepted.

        EXAMPLES
          dmarcstat senders add Shop --kind own --address 192.0.2.80 --for example.com
          dmarcstat senders add "Office mail" -k own -a 192.0.2.0/28 -a 2001:db8::/48
          dmarcstat senders add Newsletters --domain mailer.example
        """)

    @Argument(help: "A name for the sender.")
    var name: String

    @Option(
      name: .shortAndLong, help: "The kind of sender.")
    var kind: KnownSender.Kind = .service

    @Option(name: .shortAndLong, help: ArgumentHelp("An address or network (repeatable).", valueName: "address"))
    var address: [String] = []

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp(
        "A domain, including its subdomains, for which its messages pass DKIM or SPF (repeatable).", valueName: "name"))
    var domain: [String] = []

    @Option(
      name: .long,
      help: ArgumentHelp(
        "A host name, including names below it, with forward-confirmed reverse DNS (repeatable).", valueName: "name"))
    var host: [String] = []

    @Option(name: .long, help: ArgumentHelp("An autonomous system, such as AS64500 (repeatable).", valueName: "number"))
    var asn: [String] = []

    @Option(
      name: .customLong("for"),
      help: ArgumentHelp("Count it only for this From domain and those below it (repeatable).", valueName: "name"))
    var onlyFor: [String] = []

    @Flag(help: "Accept a wide network or a public suffix.")
    var force = false

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let networks = try address.map { text in
        guard let network = CIDR(text) else { throw ValidationError("\"\(text)\" is not a valid address or network.") }
        return network
      }
      func names(_ texts: [String]) throws -> [DomainName] {
        try texts.map { text in
          guard let name = DomainName(text) else { throw DomainName.invalid(text) }
          return name
        }
      }
      let asns = try asn.map { text in
        guard let number = ConfigurationReader.asn(text) else {
          throw ValidationError("\"\(text)\" is not a valid autonomous system number.")
        }
        return number
      }
      let sender = KnownSender(
        name: name, kind: kind, networks: networks, domains: try names(domain), hosts: try names(host), asns: asns,
        onlyFor: try names(onlyFor))
      guard !sender.isUnrecognisable else {
        throw ValidationError("Specify how to recognise the sender: --address, --domain, --host or --asn.")
      }
      guard !name.isEmpty else { throw ValidationError("The name of a sender must not be empty.") }
      if let overreach = sender.overreach(isForced: force) {
        let remedy =
          overreach.canBeForced
          ? "name what is yours, or add --force if you mean it" : "name the networks that are yours"
        throw CommandError.usage("\(overreach): \(remedy)")
      }
      let (database, configuration) = try databaseOptions.openForWriting()
      // Whatever else is new is judged first, so that the number of changed verdicts is that of this declaration.
      try Classifier(configuration, database).refresh(database)
      try database.declare(sender)
      let outcome = try Classifier(configuration, database).refresh(database)
      let matches = try database.matches(ofSender: name)
      Terminal.print(lines: SenderAnswer.lines(name, matches, changedVerdicts: outcome.changed))
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove a known sender.",
      discussion: """
        EXAMPLES
          dmarcstat senders remove Newsletters
        """)

    @Argument(help: "The name of the sender.", completion: Completions.senders)
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
