import ArgumentParser
import Classification
import DMARC
import Foundation
import Glibc
import Intake
import Lookup
import Render
import Settings
import Signatures
import Store
import Verdict

struct CheckMessage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "message",
    abstract: "Explain the SPF, DKIM and DMARC results in the header of a message.",
    discussion: """
      Reads a message as you save it (.eml, \"show original\" of Gmail, the source in Thunderbird or Outlook, or its header \
      alone) and explains what its receiver found: which identifiers pass, whether they are aligned with the From domain, \
      which of the five cases this is, and what to do. Results are those of the topmost Authentication-Results field, or of \
      the hosts that `trusted_hosts` of the configuration or --trust names.

      DKIM signatures and the ARC chain are verified as well, with keys from DNS or from a zone file: whether header and body \
      are as they were signed, and otherwise what was changed, such as the footer of a mailing list. SPF is \
      evaluated again, for the host that the receiver's Received field names. --offline looks nothing up and does none of this.

      If there is a database, the answer says what reports of the last 90 days say about the host that delivered the message \
      and about its keys, and what to do; --no-store leaves that out.

      The exit status is 0 if DMARC passes, and 1 if it fails or the message does not tell.

      EXAMPLES
        dmarcstat check message saved.eml
        dmarcstat check message - < header.txt
        dmarcstat check message saved.eml --trust mx.example.com --lang ja
        dmarcstat check message draft.eml --zone new.zone     before a key is published
        dmarcstat check message saved.eml --format json
      """)

  @Argument(help: ArgumentHelp("The message, or its header; - is standard input.", valueName: "file"))
  var file: String

  @Option(help: ArgumentHelp("A host whose results count (repeatable).", valueName: "host"))
  var trust: [String] = []

  @Flag(help: "Look nothing up: only explain what the receiver found.")
  var offline = false

  @Flag(help: "Leave out what stored reports say about the sender.")
  var noStore = false

  @OptionGroup var dnsOptions: DNSOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption

  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    if offline, dnsOptions.resolver != nil || dnsOptions.zone != nil {
      throw ValidationError("--offline looks nothing up: leave out --resolver and --zone.")
    }
    if noStore, databaseOptions.database != nil {
      throw ValidationError("--no-store reads no database: leave out --database.")
    }
    for host in trust { _ = try DomainName(argument: host, of: "--trust") }
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let named = try trust.map { try DomainName(argument: $0, of: "--trust") }
    let bytes = MessageHeader.decoded(try Self.read(file))
    let message = SignedMessage(
      bytes.count < SignedMessage.mostBytes ? bytes : Array(bytes.prefix(MessageHeader.mostBytes)))
    guard !message.header.fields.isEmpty else {
      throw CommandError(
        message: "\(file): there is no message header: save the message with its whole source", status: .source)
    }
    let context = try ClassificationContext(configuration, [])
    let check = MessageCheck(
      message.header, trusted: named.isEmpty ? configuration.trustedHosts : named,
      organisations: context.ruleContext.organisations)
    let verified = offline ? nil : try verify(message, check, configuration)
    let phrasebook = Phrasebook(languageOption.language(configuration))
    let page = MessageCheckPage(
      check: check, verified: verified,
      stored: noStore ? nil : try stored(message.header, check, verified, configuration, phrasebook),
      phrasebook: phrasebook)
    format.print(page.document(isForPeople: format.format == .table))
    if page.passes != true { throw ExitCode(.incomplete) }
  }

  private func verify(
    _ message: SignedMessage, _ check: MessageCheck, _ configuration: Configuration
  ) throws -> VerifiedMessage {
    var verifier = SignatureVerifier(message, now: Int64(Date().timeIntervalSince1970))
    let (service, deadline) = (try NameService(dnsOptions.settings(configuration)), Resolver.now + Self.mostSeconds)
    let questions = verifier.questions
    let answers = questions.isEmpty ? [:] : service.answers(to: Array(questions), until: deadline)
    let spf = check.spfClient(message.header).map { client in
      EvaluatedSPF(client: client, evaluation: Self.evaluate(client, service, until: deadline))
    }
    return VerifiedMessage(
      check: check, signatures: verifier.results { answers[$0] }, chain: verifier.chainResult { answers[$0] }, spf: spf)
  }

  /// What the store knows about the sender; nil without a store, or if the message has no single From domain.
  private func stored(
    _ header: MessageHeader, _ check: MessageCheck, _ verified: VerifiedMessage?, _ configuration: Configuration,
    _ phrasebook: Phrasebook
  ) throws -> StoredSenderAnswer? {
    guard check.authors.domains.count == 1, let from = check.authors.domains.first,
      let database = try databaseOptions.openIfThere(configuration)
    else { return nil }
    let question = MessageSender.Question(from, header, check, verified)
    do {
      let sender = try MessageSender(
        question, today: PeriodOptions.localToday(configuration), database, configuration, phrasebook)
      return StoredSenderAnswer(question, sender, phrasebook)
    } catch let error as StoreError where databaseOptions.database == nil {
      Terminal.complain("what reports say is left out: \(error.explanation)")
      return nil
    }
  }

  /// Evaluates SPF, and looks up what that asks for.
  private static func evaluate(
    _ client: SPFEvaluation.Client, _ service: NameService, until deadline: Double
  ) -> SPFEvaluation {
    var answers: [DNSQuestion: DNSAnswer] = [:]
    while true {
      let evaluation = SPFEvaluation(client) { answers[$0] }
      if evaluation.missing.isEmpty { return evaluation }
      let found = service.answers(to: Array(evaluation.missing), until: deadline)
      // What was not answered in time counts as failed. The limits of SPF bound the number of rounds.
      for question in evaluation.missing { answers[question] = found[question] ?? DNSAnswer(.failure) }
    }
  }

  /// The maximum time for lookups, in seconds.
  private static let mostSeconds: Double = 30

  /// A file, or its beginning if it is longer than any message.
  private static func read(_ path: String) throws -> [UInt8] {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? STDIN_FILENO : open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw problem(name, "it cannot be opened") }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < SignedMessage.mostBytes {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw problem(name, "it cannot be read") }
      bytes += piece[..<count]
    }
    return bytes
  }

  private static func problem(_ name: String, _ what: String) -> CommandError {
    .source("\(name): \(what) (\(String(cString: strerror(errno)))): name a file with a message")
  }
}
