import ArgumentParser
import Classification
import DMARC
import Render
import Store
import Verdict

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show everything about one address, report or domain.",
    discussion: """
      EXAMPLES
        dmarcstat show ip 192.0.2.1
        dmarcstat show domain example.com --month last-month
        dmarcstat show report 8293631894893125362
      """, subcommands: [ShowIP.self, ShowReport.self, ShowDomain.self])
}

struct ShowIP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ip", abstract: "Show everything about one source, with its verdicts and the reasons for them.",
    discussion: """
      EXAMPLES
        dmarcstat show ip 192.0.2.1
        dmarcstat show ip 2001:db8::25 --since 30d --format json
      """)

  @Argument(help: "An IPv4 or IPv6 address.")
  var address: String

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    guard let source = IPAddress(address) else { throw ValidationError("\"\(address)\" is not a valid IP address.") }
    let context = try QueryContext(databaseOptions)
    let database = context.database
    let filter = try filter.filter(defaultLimit: 20, in: context)
    let period = try context.covered(filter, self.filter.period)
    guard let details = try database.details(of: source, filter) else {
      throw CommandError(message: "no report in this period (\(period)) mentions \(source)", status: .incomplete)
    }
    let classifier = try context.classifier()
    let judgements = try classifier.facts(database, source).mapValues {
      $0.judgement(in: classifier.context.ruleContext)
    }
    period.print(Self.document(details, judgements, context.phrasebook(languageOption)), format)
  }

  private static func document(_ details: SourceDetails, _ judgements: [Int64: Judgement], _ phrasebook: Phrasebook)
    -> Document
  {
    func todo(_ judgement: Judgement) -> String { phrasebook.text(judgement.advice) }
    var evidence: [[Cell]] = []
    var advice: [[String]] = []
    for flow in details.flows {
      guard let judgement = judgements[flow.id] else { continue }
      let text = judgement.evidence.map(phrasebook.text).joined(separator: "; ")
      evidence.append([.text(text), .list(judgement.issues.map(\.rawValue)), .text(todo(judgement))])
      let lines = [
        "\(judgement.verdict.rawValue)/\(judgement.subtype) (\(judgement.confidence.rawValue) confidence): \(text).",
        "  What to do: \(todo(judgement))",
      ]
      if !advice.contains(lines) { advice.append(lines) }
    }
    if evidence.count != details.flows.count { evidence = details.flows.map { _ in [.null, .list([]), .null] } }
    var table = ResultTable(details.flows)
    table.columns += [
      Column("evidence", isDetail: true), Column("issues", isDetail: true), Column("advice", isDetail: true),
    ]
    table.rows = zip(table.rows, evidence).map { $0 + $1 }
    var document = Document(
      facts: details.facts.cells,
      sections: [
        .init("flows", "Flows", table),
        .init("reports", "Most recent reports that mention it", ResultTable(details.reports)),
      ], main: "flows")
    document.notes = advice
    return document
  }
}

struct ShowReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show everything about one report, including its warnings and records.",
    discussion: """
      EXAMPLES
        dmarcstat show report 8293631894893125362   the id given by the reporter
        dmarcstat show report 17                    the row id in other output
      """)

  @Argument(help: "The id of the report, or its row id.")
  var id: String

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("The maximum number of records; 0 for all.", valueName: "rows")
  )
  var limit = 50

  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let database = try databaseOptions.openUpToDate()
    let ids = try database.reportRowIDs(id)
    if ids.isEmpty { throw CommandError(message: "there is no report with the id \"\(id)\"", status: .incomplete) }
    if ids.count > 1 {
      let text =
        "\(ids.count) reports have the id \"\(id)\": select one by its row id: \(ids.map(String.init).joined(separator: ", "))"
      throw CommandError(message: text, status: .incomplete)
    }
    guard let details = try database.details(ofReport: ids[0], limit: limit == 0 ? nil : limit) else { return }
    let document = Document(
      facts: details.facts.cells,
      sections: [
        .init("warnings", "Warnings", ResultTable(details.warnings)),
        .init("records", "Records", ResultTable(details.records)),
        .init("conflicts", "Conflicting reports with the same identity", ResultTable(details.conflicts)),
        .init("inputs", "Inputs that contained it", ResultTable(details.inputs)),
      ], main: "records")
    format.print(document)
  }
}

struct ShowDomain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "domain", abstract: "Show everything about one policy domain.",
    discussion: """
      EXAMPLES
        dmarcstat show domain example.com
        dmarcstat show domain example.com --month 2026-10 --format ndjson
      """)

  @Argument(help: "A policy domain.", completion: Completions.domains)
  var name: String

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    guard let domain = DomainName(name) else { throw DomainName.invalid(name) }
    let context = try QueryContext(databaseOptions)
    var filter = try filter.filter(defaultLimit: 20, in: context)
    guard let details = try context.database.details(of: domain, filter) else {
      guard domain.publishable != nil else { throw DomainName.invalid(name) }
      let isKnown = try context.database.policyDomains().contains(domain)
      let period = try context.covered(filter, self.filter.period)
      throw CommandError(
        message: isKnown
          ? "no report in this period (\(period)) is about \(domain.forPeople)" : try context.noReports(on: domain),
        status: .incomplete)
    }
    if !filter.coversSomeDomains { filter.domains = [domain] }
    let document = Document(
      facts: details.facts.cells,
      sections: [
        .init("verdicts", "Verdicts", ResultTable(details.verdicts)),
        .init("policies", "Published policies", ResultTable(details.policies)),
        .init("sources", "Sources", ResultTable(details.sources)),
        .init("header_from", "From domains", ResultTable(details.headerFroms)),
        .init("reporters", "Reporters", ResultTable(details.reporters)),
        .init("warnings", "Warnings", ResultTable(details.warnings)),
      ], main: "sources")
    let covered = try context.covered(filter, self.filter.period)
    covered.print(document, format)
    try PeriodSeries.drawCourse(context, filter, covered, format)
  }
}
