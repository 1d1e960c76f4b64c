import ArgumentParser
import Classification
import DMARC
import Render
import Store
import Verdict

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain why a source got its verdict: every rule that was tried, and what to do.",
    discussion: """
      Explains the decision in words: what was reported, what it means, the evidence for and against it, what is unknown, each \
      rule in order with the reason why it did or did not apply, and the advice. Outcomes with the same verdict are explained \
      once, using the one with the most messages.

      A record is named by the row id of its report and its position in the report, as printed by `dmarcstat export --rows`.

      EXAMPLES
        dmarcstat explain 192.0.2.1
        dmarcstat explain 203.0.113.40 --domain example.com --lang ja
        dmarcstat explain 17#3                       one record: report 17, row 3
        dmarcstat explain 192.0.2.1 --format json
      """)

  @Argument(help: ArgumentHelp("An IPv4 or IPv6 address, or a record as REPORT#ROW.", valueName: "ip|record"))
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
    let (source, flowID) = try find(database)
    let filter = try filter.filter(defaultLimit: nil, in: context)
    let period = try context.covered(filter, self.filter.period)
    guard let details = try database.details(of: source, filter) else {
      throw CommandError(message: "no report in this period (\(period)) mentions \(source)", status: .incomplete)
    }
    let classifier = try context.classifier()
    let facts = try classifier.facts(database, source)
    var explained: [ExplainedFlow] = []
    for flow in details.flows {
      guard let facts = facts[flow.id], flowID == nil || flowID == flow.id else { continue }
      explained.append(ExplainedFlow(flow, source, facts, classifier.context, phrasebook))
    }
    let keys = try brokenKeys(of: source, explained, filter, context)
    if format.format == .table {
      Terminal.print(
        ExplanationText.render(all || flowID != nil ? explained.map { ($0, 0) } : Self.distinct(explained), phrasebook))
      if !keys.isEmpty {
        Terminal.print(
          lines: ["", phrasebook.text("explain.broken-key")] + keys.map { "  - " + $0.text(phrasebook) })
      }
      period.printLine()
    } else {
      var table = ExplainedFlow.table(explained)
      table.columns.append(Column("broken_keys"))
      for (index, flow) in explained.enumerated() {
        table.rows[index].append(
          .json(BrokenKey.json(keys.filter { $0.policyDomain == flow.stored.policyDomain }), .other))
      }
      period.print(table, format.format)
    }
  }

  /// The keys whose signatures fail on mail of the source.
  private func brokenKeys(
    of source: IPAddress, _ flows: [ExplainedFlow], _ filter: RecordFilter, _ context: QueryContext
  ) throws -> [BrokenKey] {
    var filter = filter
    filter.domains = Set(flows.map(\.stored.policyDomain)).sorted().prefix(50).compactMap(DomainName.init)
    guard !filter.domains.isEmpty else { return [] }
    return try context.database.brokenKeys(filter, context.classificationContext()).filter {
      $0.sources.contains(source)
    }
  }

  private func find(_ database: ReportDatabase) throws -> (IPAddress, flow: Int64?) {
    if let address = IPAddress(subject) { return (address, nil) }
    let parts = subject.split(separator: "#")
    guard parts.count == 2, let report = Int64(parts[0]), let row = Int64(parts[1]) else {
      throw ValidationError(
        "\"\(subject)\" is neither a valid IP address nor a record: use 192.0.2.1, or 17#3 for row 3 of report 17.")
    }
    guard let (flow, address) = try database.flow(ofReport: report, row: row) else {
      throw CommandError(
        message: "there is no row \(row) in a report \(report): see `dmarcstat show report`", status: .incomplete)
    }
    return (address, flow)
  }

  /// The flow with the most messages for each verdict, and the number of other flows with that verdict.
  private static func distinct(_ flows: [ExplainedFlow]) -> [(ExplainedFlow, others: Int)] {
    var order: [String] = []
    var groups: [String: [ExplainedFlow]] = [:]
    for flow in flows {
      if groups[flow.key] == nil { order.append(flow.key) }
      groups[flow.key, default: []].append(flow)
    }
    return order.compactMap { key in
      groups[key].flatMap { group in group.first.map { ($0, group.count - 1) } }
    }
  }
}

/// A flow with its explanation.
struct ExplainedFlow {
  let source: IPAddress
  let stored: SourceFlow
  let judgement: Judgement
  let explanation: Explanation

  init(
    _ stored: SourceFlow, _ source: IPAddress, _ facts: OrganisationClassifier.Facts, _ context: ClassificationContext,
    _ phrasebook: Phrasebook
  ) {
    self.stored = stored
    self.source = source
    judgement = facts.judgement(in: context.ruleContext)
    explanation = Explanation(
      facts.flow, source: facts.source, declared: facts.declared, history: facts.history, context: context.ruleContext,
      isHostLookedUp: facts.isHostLookedUp, isSPFInconclusive: facts.isSPFInconclusive,
      hasSenders: !context.senders.isEmpty, in: phrasebook)
  }

  /// Equal for flows whose explanations are alike.
  var key: String {
    "\(judgement.verdict) \(judgement.subtype) \(judgement.rule) \(judgement.confidence) \(stored.headerFrom ?? "")"
  }

  static func table(_ flows: [ExplainedFlow]) -> ResultTable {
    let stored = [
      "messages", "policy_domain", "header_from", "envelope_from", "dkim_results", "spf_results", "reasons",
      "disposition",
      "first_day", "last_day",
    ]
    let own = [
      "verdict", "subtype", "confidence", "rule", "dmarc", "authenticity", "source_status", "unknown_ip", "issues",
      "meaning", "evidence", "against", "missing", "rules", "advice", "evaluation",
    ]
    let rows = flows.map { flow -> [Cell] in
      let (judgement, explanation) = (flow.judgement, flow.explanation)
      let rules = explanation.rules.map { "\($0.name) \($0.question) \($0.reason.map { "no: \($0)" } ?? "yes")" }
      return [.text("\(flow.source)")] + flow.storedCells + [
        .text(judgement.verdict.rawValue), .text(judgement.subtype.rawValue), .text(judgement.confidence.rawValue),
        .text(judgement.rule.rawValue), .text(judgement.dmarcResult),
        .text(judgement.authenticity.rawValue),
        .text(judgement.sourceStatus.rawValue), .flag(judgement.isUnknownIP), .list(judgement.issues.map(\.rawValue)),
        .text(explanation.meaning), .list(explanation.evidence), .list(explanation.against), .list(explanation.missing),
        .list(rules),
        .text(explanation.advice), .text(flow.stored.evaluation.rawValue),
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
