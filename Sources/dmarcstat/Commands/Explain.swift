import ArgumentParser
import Classification
import DMARC
import Render
import Settings
import Store
import Verdict

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain why a source got its verdict: every rule that was tried, and what to do.",
    discussion: """
      Explains the decision in words: what was reported, what it means, the evidence for and against it, what is unknown, each \
      rule in order with the reason why it did or did not apply, and the advice. Whatever has the same verdict is one section, \
      with the sum of its addresses, days and messages; its largest outcome is explained.

      The subject is an address, a network, a known sender's name, a domain, or a record. A domain is one of yours (mail from \
      it), or that of a service (mail for which it passes DKIM or SPF, or from its hosts). A record is named by the row id or \
      the id of its report and its row there, as printed by `dmarcstat show report` and `dmarcstat export --rows`.

      EXAMPLES
        dmarcstat explain 192.0.2.1
        dmarcstat explain 203.0.113.0/24
        dmarcstat explain Newsletter                 a known sender
        dmarcstat explain mailer.example             a service
        dmarcstat explain 203.0.113.40 --domain example.com --lang ja
        dmarcstat explain 17#3                       one record: report 17, row 3
        dmarcstat explain 192.0.2.1 --format json
      """)

  @Argument(
    help: ArgumentHelp(
      "An address, a network, a known sender, a domain, or a record as REPORT#ROW or REPORT:ROW.",
      valueName: "subject"), completion: Completions.subjects)
  var subject: String

  @Flag(help: "Explain every outcome, even if several have the same verdict.")
  var all = false

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let (database, phrasebook) = (context.database, context.phrasebook(languageOption))
    let filter = try filter.filter(defaultLimit: nil, in: context)
    let period = try context.covered(filter, self.filter.period)
    let flows = try ExplainedSubject(subject).flows(database, filter)
    guard !flows.isEmpty else {
      throw CommandError(message: try ExplainedSubject.unknown(subject, database, period), status: .incomplete)
    }
    let classifier = try context.classifier()
    let declarations = try Declarations(classifier.context, database)
    let groups = all ? flows.map { [$0] } : Self.sections(flows)
    let isTable = format.format == .table
    let explained = isTable ? groups.compactMap(\.first) : flows
    let facts = try classifier.facts(database, ofFlows: Set(explained.map(\.id)))
    var sections: [ExplainedSection] = []
    for group in groups {
      let proposal = try declarations.proposal(database, group, filter)
      let members = (isTable ? Array(group.prefix(1)) : group).compactMap { flow in
        facts[flow.id].map { ExplainedFlow(flow, $0, classifier.context, proposal, phrasebook) }
      }
      if let largest = members.first {
        sections.append(ExplainedSection(flows: group, largest: largest, explained: members, proposal: proposal))
      }
    }
    let keys = try brokenKeys(flows, filter, context)
    if isTable {
      Terminal.print(ExplanationText.render(sections, phrasebook))
      if !keys.isEmpty {
        Terminal.print(
          lines: ["", phrasebook.text("explain.broken-key")] + keys.map { "  - " + $0.text(phrasebook) })
      }
      period.printLine(phrasebook)
    } else {
      period.print(ExplainedFlow.table(sections, keys), format)
    }
  }

  /// The keys whose signatures fail on mail of these sources.
  private func brokenKeys(
    _ flows: [SourceFlow], _ filter: RecordFilter, _ context: QueryContext
  ) throws -> [BrokenKey] {
    let sources = Set(flows.map(\.source))
    var filter = filter
    filter.exactDomains = nil
    filter.domains = Set(flows.map(\.policyDomain)).sorted().prefix(50).compactMap(DomainName.init)
    guard !filter.domains.isEmpty else { return [] }
    return try context.database.brokenKeys(filter, context.classificationContext()).filter {
      !sources.isDisjoint(with: $0.sources)
    }
  }

  /// Above this number of From domains, those with the same verdict are not told apart: the sender is shared by many organisations.
  private static let mostHeaderFroms = 5

  /// The flows by verdict, in the order of their largest.
  private static func sections(_ flows: [SourceFlow]) -> [[SourceFlow]] {
    let isShared = Set(flows.map(\.headerFrom)).count > mostHeaderFroms
    var order: [String] = []
    var groups: [String: [SourceFlow]] = [:]
    for flow in flows {
      let words = [flow.verdict, flow.subtype, flow.rule, flow.confidence, isShared ? nil : flow.headerFrom]
      let key = words.map { $0 ?? "" }.joined(separator: " ")
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(flow)
    }
    return order.compactMap { groups[$0] }
  }
}

/// Flows with the same verdict, of which the largest is explained.
struct ExplainedSection {
  let flows: [SourceFlow]
  let largest: ExplainedFlow
  /// The flows that are explained, for programs.
  let explained: [ExplainedFlow]
  let proposal: DeclarationProposal?
  /// Distinct addresses, those with the most messages first.
  let addresses: [IPAddress]

  init(flows: [SourceFlow], largest: ExplainedFlow, explained: [ExplainedFlow], proposal: DeclarationProposal?) {
    (self.flows, self.largest, self.explained, self.proposal) = (flows, largest, explained, proposal)
    var seen: Set<IPAddress> = []
    addresses = flows.map(\.source).filter { seen.insert($0).inserted }
  }

  var messages: Int64 { flows.reduce(0) { $0.addingClamped($1.messages) } }
  var days: Int { flows.reduce(into: Set<Int64>()) { $0.formUnion($1.days) }.count }
  var firstDay: CalendarDay { flows.map(\.firstDay).min() ?? largest.stored.firstDay }
  var lastDay: CalendarDay { flows.map(\.lastDay).max() ?? largest.stored.lastDay }
  /// The From domains, those with the most messages first, cut after three.
  var headerFroms: String {
    var seen: Set<String> = []
    let names = flows.compactMap(\.headerFrom).filter { seen.insert($0).inserted }
    return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " +\(names.count - 3)" : "")
  }
  var networks: Int { Set(addresses.map { CIDR($0, length: $0.isIPv6 ? 64 : 24) }).count }

  /// The address, or the network that all addresses share, or else the largest one and the number of others.
  var name: String {
    let first = largest.stored.source
    guard addresses.count > 1 else { return "\(first)" }
    let network = CIDR(first, length: first.isIPv6 ? 64 : 24)
    if networks == 1, let network { return "\(network)" }
    return "\(first) +\(addresses.count - 1)"
  }
}

/// A flow with its explanation.
struct ExplainedFlow {
  let stored: SourceFlow
  let judgement: Judgement
  let explanation: Explanation

  init(
    _ stored: SourceFlow, _ facts: OrganisationClassifier.Facts, _ context: ClassificationContext,
    _ proposal: DeclarationProposal?, _ phrasebook: Phrasebook
  ) {
    self.stored = stored
    judgement = facts.judgement(in: context.ruleContext)
    explanation = Explanation(
      facts.flow, source: facts.source, declared: facts.declared, history: facts.history, context: context.ruleContext,
      isHostLookedUp: facts.isHostLookedUp, isSPFInconclusive: facts.isSPFInconclusive,
      hasSenders: !context.senders.isEmpty, proposal: proposal, in: phrasebook)
  }

  static func table(_ sections: [ExplainedSection], _ keys: [BrokenKey]) -> ResultTable {
    let stored = [
      "messages", "policy_domain", "header_from", "envelope_from", "dkim_results", "spf_results", "reasons",
      "disposition",
      "first_day", "last_day",
    ]
    let own = [
      "verdict", "subtype", "confidence", "rule", "dmarc", "authenticity", "source_status", "unknown_ip", "issues",
      "meaning", "evidence", "against", "missing", "rules", "advice", "broken_keys", "evaluation", "section", "host",
      "days", "declare",
    ]
    let flows = sections.enumerated().flatMap { number, section in
      section.explained.map { (number, section.proposal, $0) }
    }
    // In the order of their messages, as without sections.
    let ordered = flows.sorted { ($1.2.stored.messages, $0.2.stored.id) < ($0.2.stored.messages, $1.2.stored.id) }
    let rows = ordered.map { number, proposal, flow -> [Cell] in
      let (judgement, explanation) = (flow.judgement, flow.explanation)
      let rules = explanation.rules.map { "\($0.name) \($0.question) \($0.reason.map { "no: \($0)" } ?? "yes")" }
      return [.text("\(flow.stored.source)")] + flow.storedCells + [
        .text(judgement.verdict.rawValue), .text(judgement.subtype.rawValue), .text(judgement.confidence.rawValue),
        .text(judgement.rule.rawValue), .text(judgement.dmarcResult),
        .text(judgement.authenticity.rawValue),
        .text(judgement.sourceStatus.rawValue), .flag(judgement.isUnknownIP), .list(judgement.issues.map(\.rawValue)),
        .text(explanation.meaning), .list(explanation.evidence), .list(explanation.against), .list(explanation.missing),
        .list(rules),
        .text(explanation.advice),
        .json(BrokenKey.json(keys.filter { $0.policyDomain == flow.stored.policyDomain }), .other),
        .text(flow.stored.evaluation.rawValue), .integer(Int64(number + 1)), Cell(flow.stored.host),
        .integer(Int64(flow.stored.days.count)),
        judgement.isUnknownIP ? Cell(proposal?.command?.description) : .null,
      ]
    }
    return ResultTable((["source_ip"] + stored + own).map { Column($0) }, rows)
  }

  private var storedCells: [Cell] {
    [
      .integer(stored.messages), .text(stored.policyDomain), Cell(stored.headerFrom), Cell(stored.envelopeFrom),
      .json(stored.dkimResults, .dkimResults), .json(stored.spfResults, .spfResults),
      .json(stored.reasons, .reasons), Cell(stored.disposition), .text("\(stored.firstDay)"),
      .text("\(stored.lastDay)"),
    ]
  }
}
