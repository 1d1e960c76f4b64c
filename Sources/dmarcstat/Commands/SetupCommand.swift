import ArgumentParser
import Classification
import DMARC
import Foundation
import Lookup
import Render
import Settings
import Store
import Verdict

struct SetupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Plan and check the steps that take a domain to p=reject, with the records to publish.",
    discussion: """
      Prints a plan as numbered steps, each with its state and the exact records to publish: the mailbox for reports, one \
      SPF record with everything that is published and what is missing, a DKIM key for each sender, the DMARC record, then \
      p=quarantine and p=reject with their conditions and the first day on which each makes sense. It looks up what is published, \
      and uses declared senders and stored reports, if there are any. Nothing is stored or changed.

      Say who sends with --own and --service; on a terminal it asks. Senders that only reports show are listed, but never \
      get into a record. --no-mail is for a domain that sends none: it goes to p=reject at once.

      --verify prints only the state of each step. The exit status is 1 if there is something to do or to correct, 3 if no name server answered, and otherwise 0. \
      if no name server answered.

      EXAMPLES
        dmarcstat setup example.com
        dmarcstat setup example.com --own 192.0.2.25 --service google-workspace --reports dmarc@example.com
        dmarcstat setup example.com --own 192.0.2.25 --selector s2026 --public-key s2026.pem
        dmarcstat setup parked.example --no-mail
        dmarcstat setup example.com --verify                      what is done, and what is next
        dmarcstat setup example.com --own 192.0.2.25 --offline    without lookups
      """)

  @Argument(help: ArgumentHelp("The domain.", valueName: "domain"), completion: Completions.domains)
  var domain: String

  @OptionGroup(title: "What sends") var answers: SetupAnswerOptions

  @Flag(help: "Check what is published against the plan.")
  var verify = false

  @Flag(help: "Look nothing up.")
  var offline = false

  @Option(help: ArgumentHelp("The day from which the plan counts. (default: today)", valueName: "day"))
  var start: String?

  @OptionGroup var dnsOptions: DNSOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    _ = try DomainName(argument: domain)
    if offline, dnsOptions.resolver != nil || dnsOptions.zone != nil {
      throw ValidationError("--offline looks nothing up: leave out --resolver and --zone.")
    }
    if offline, verify { throw ValidationError("--verify needs lookups: leave out --offline.") }
    if let start, CalendarDay(start) == nil {
      throw ValidationError("--start \"\(start)\" is not a valid day: write it as 2026-11-01.")
    }
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let phrasebook = Phrasebook(languageOption.language(configuration))
    let database = try databaseOptions.openIfThere(configuration)
    let context = try ClassificationContext(configuration, try database?.knownSenders() ?? [])
    let today = start.flatMap(CalendarDay.init) ?? PeriodOptions.localToday(configuration)
    let name = try DomainName(argument: domain)
    var said = try answers.answers(name)
    if answers.isEmpty, !verify, SetupDialogue.isPossible {
      try PlanQuestions(phrasebook).complete(&said)
    }
    let verifying = said.verifyingCommand
    said.addDeclared(context.senders.map(\.sender) + (database == nil ? configuration.knownSenders ?? [] : []))
    let service = offline ? nil : try NameService(dnsOptions.settings(configuration))
    let lookUps = PlanLookUps(
      service: service, organisations: context.ruleContext.organisations,
      deadline: Resolver.now + Double(configuration.dns.roundSeconds))
    let known = try database?.policyDomains().filter { $0.publishable != nil } ?? []
    let reading = try lookUps.run(said) { check in
      guard let database else { return nil }
      return try DomainUse.read(name, check.snapshot, among: known, today: today, database, context)
    }
    let mail = try database.flatMap {
      try SetupMail.read(
        name, reading.published.snapshot, today: today, $0, context, ReviewAdvice(context, phrasebook))
    }
    let plan = SetupPlan(
      said, reading, isLookedUp: !offline, mail: mail, today: today, thresholds: configuration.readiness,
      organisations: context.ruleContext.organisations)
    let page = PlanPage(plan: plan, unanswered: offline ? [] : reading.published.unanswered, phrasebook: phrasebook)
    Terminal.print(
      format.format == .table
        ? page.text(isShort: verify, verifying: verifying)
        : Rendering.printable(page.document, format.format))
    try end(plan, reading)
  }

  private func end(_ plan: SetupPlan, _ reading: SetupReading) throws {
    if !offline, !reading.published.unanswered.isEmpty {
      throw CommandError.source(
        "no name server answered for \(plan.domain): check the network, name a server with --resolver, or use --offline"
      )
    }
    if verify, plan.next != nil { throw ExitCode(.incomplete) }
  }
}

/// What the operator says about the mail of a domain.
struct SetupAnswerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("An address or network of your own that sends (repeatable).", valueName: "network"))
  var own: [String] = []

  @Option(
    help: ArgumentHelp("A service that sends for the domain, such as google-workspace (repeatable).", valueName: "name")
  )
  var service: [String] = []

  @Option(help: ArgumentHelp("The mailbox for reports.", valueName: "address"))
  var reports: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The selector of a DKIM key of your own (repeatable).", valueName: "name"))
  var selector: [String] = []

  @Option(
    help: ArgumentHelp("The public key of your own server, a PEM file.", valueName: "file"), completion: .file())
  var publicKey: String?

  @Flag(help: "The domain sends no mail.")
  var noMail = false

  private static let most = 40

  /// Whether no option says anything about senders.
  var isEmpty: Bool {
    own.isEmpty && service.isEmpty && reports == nil && !noMail && selector.isEmpty && publicKey == nil
  }

  func validate() throws {
    if noMail, !own.isEmpty || !service.isEmpty || publicKey != nil {
      throw ValidationError("--no-mail is for a domain that sends none: leave out --own, --service and --public-key.")
    }
    guard [own.count, service.count, selector.count].allSatisfy({ $0 <= Self.most }) else {
      throw ValidationError("--own, --service and --selector may each be given \(Self.most) times.")
    }
    for text in own { _ = try PlanAnswer.network(text) }
    for text in service { _ = try PlanAnswer.service(text) }
    if let reports { _ = try PlanAnswer.mailbox(reports) }
    for text in selector { try PlanAnswer.check(selector: text) }
  }

  func answers(_ domain: DomainName) throws -> SetupAnswers {
    var answers = SetupAnswers(domain)
    answers.sendsMail = !noMail
    answers.networks = try own.map(PlanAnswer.network)
    answers.services = try service.map(PlanAnswer.service)
    answers.mailbox = try reports.map(PlanAnswer.mailbox)
    answers.selectors = selector
    answers.publicKey = try publicKey.map(PlanAnswer.publicKey)
    return answers
  }
}
