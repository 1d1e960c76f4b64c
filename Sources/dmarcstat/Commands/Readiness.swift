import ArgumentParser
import Classification
import DMARC
import Pages
import Render
import Settings
import Store
import Verdict

struct Readiness: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readiness",
    abstract: "Show what p=quarantine or p=reject would cost a domain.",
    discussion: """
      Counts failing messages by verdict and sender: your own, which must be fixed first; those changed by forwarders and \
      mailing lists, which only their operators can fix; and those that the policy is meant to stop. Also shows how many \
      messages strict alignment or the removal of an SPF include would cost. The default period is the 30 days up to the \
      newest report whose period is possible. The messages of reports over several days are spread evenly over these days: \
      the numbers are then estimates, and only the days within the period count.

      The answer is yes (exit status 0), no (7: own mail would be lost) or cannot tell (8): too much mail may be yours, \
      reports cover too few days or come from too few reporters, or the SPF record is not known. The record that is \
      published and the next one, a single step stricter, are printed as lines of a zone file. --all ranks all domains, \
      those with the most to fix first, and ends with status 0.

      EXAMPLES
        dmarcstat readiness example.com
        dmarcstat readiness example.com --month last-month
        dmarcstat readiness example.com --lang ja
        dmarcstat readiness example.com --format json
        dmarcstat readiness --all
        dmarcstat readiness --all --domain 'kunde*.example'
      """)

  @Argument(help: "A policy domain; its subdomains are included.", completion: Completions.domains)
  var domain: String?

  @Flag(help: "Rank all domains, one line each, those with the most to fix first.")
  var all = false

  @OptionGroup var domains: DomainOptions
  @OptionGroup var period: PeriodOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    if all == (domain != nil) { throw ValidationError("Name one domain, or use --all for all of them.") }
    if !all, domains.areGiven { throw ValidationError("--domain and --domains-from choose domains for --all.") }
  }

  func run() throws {
    guard let domain else {
      return try ReadinessRanking(try QueryContext(databaseOptions), period, domains).print(format)
    }
    guard let name = DomainName(domain) else { throw DomainName.invalid(domain) }
    let context = try QueryContext(databaseOptions)
    let (database, phrasebook) = (context.database, context.phrasebook(languageOption))
    let filter = try filter(name, context)
    let covered = try context.covered(filter, period)
    let classification = try context.classificationContext()
    let reported = try database.coveredPeriod(filter)
    let days = reported.days
    var report = ReadinessReport(classification, spf: try database.spfSnapshots(of: name).last, days: days)
    try database.streamFlows(filter, trustedHosts: classification.trustedHosts, isSpread: true) {
      report.add($0)
    }
    let page = ReadinessPage(
      domain: name, report: report, figures: report.figures(reporters: try database.countReporters(filter)),
      thresholds: context.configuration.readiness,
      policy: try database.policies(of: name, today: PeriodOptions.today)[name.name].map(PublishedPolicy.init),
      brokenKeys: try database.brokenKeys(filter, classification), days: days, isEstimated: reported.isEstimated,
      advice: ReviewAdvice(classification, phrasebook), phrasebook: phrasebook)
    covered.print(page.document(isForPeople: format.format == .table), format)
    switch page.answer {
    case .yes: break
    case .no: throw ExitCode(.notReady)
    case .cannotTell: throw ExitCode(.cannotTell)
    }
  }

  /// The period of a domain: by default the 30 days up to the newest report.
  private func filter(_ name: DomainName, _ context: QueryContext) throws -> RecordFilter {
    var filter = try period.filter(today: period.today(context.configuration))
    filter.domains = [name]
    // Reports for days in the future are excluded unless the arguments name such days.
    if filter.lastDay == nil, (filter.firstDay ?? .last) <= PeriodOptions.today || !period.isGiven {
      filter.lastDay = PeriodOptions.today
    }
    guard let newest = try context.database.newestDay(filter) else {
      guard name.publishable != nil else { throw DomainName.invalid(name.name) }
      try context.requireReports(on: name)
      let covered = try context.covered(filter, period)
      throw CommandError(
        message: "no report in this period (\(covered)) is about \(name.forPeople)", status: .incomplete)
    }
    if !period.isGiven { (filter.firstDay, filter.lastDay) = (newest.advanced(by: -29), newest) }
    return filter
  }
}

/// The output of `readiness` as tables and sentences.
struct ReadinessPage {
  let domain: DomainName
  let report: ReadinessReport
  let figures: ReadinessFigures
  let thresholds: ReadinessThresholds
  /// The record that is published; nil if no report of the domain itself names one.
  let policy: PublishedPolicy?
  /// Keys whose signatures fail on mail that passes.
  let brokenKeys: [BrokenKey]
  /// Days that reports cover.
  let days: Int64
  /// Whether the numbers rest on reports over several days.
  let isEstimated: Bool
  let advice: ReviewAdvice
  let phrasebook: Phrasebook

  var answer: ReadinessAnswer { figures.answer(thresholds) }

  private func perDay(_ messages: Int64) -> Double { days > 0 ? Double(messages) / Double(days) : 0 }

  private func text(_ messages: Int64) -> String { NumberText.tenths(perDay(messages)) }

  private func share(_ part: Int64) -> Cell {
    report.messages > 0 ? .share(Double(part) / Double(report.messages)) : .null
  }

  private func percentage(_ part: Int64) -> String {
    report.messages > 0 ? RuleEngine.percentage(Double(part) / Double(report.messages)) : "0 %"
  }

  func document(isForPeople: Bool) -> Document {
    let failing = report.messages - report.passed
    let facts: [(Column, Cell)] =
      [
        (Column("domain"), .text(domain.name)), (Column("days"), .integer(days)),
        (Column("messages_a_day", "MESSAGES PER DAY"), .number(perDay(report.messages))),
        (
          Column("pass_rate", "PASS"),
          report.messages > 0 ? .share(Double(report.passed) / Double(report.messages)) : .null
        ),
        (Column("lost_a_day", "LOST PER DAY"), .number(perDay(failing))),
        (Column("lost_yours", "- YOURS"), .number(perDay(report.messages(.yours)))),
        (Column("lost_passed_on", "- FORWARDED"), .number(perDay(report.messages(.passedOn)))),
        (Column("lost_undecided", "- UNDECIDED"), .number(perDay(report.messages(.undecided)))),
        (Column("lost_abuse", "- ABUSE"), .number(perDay(report.messages(.abuse)))),
        (Column("ready", isDetail: true), .flag(answer == .yes)),
        (Column("answer", "READY"), .text(answer == .cannotTell && isForPeople ? "cannot tell" : answer.rawValue)),
        (Column("strict_costs", "LOST PER DAY IF STRICT"), .number(perDay(report.failingIfStrict))),
        (Column("unauthenticated_messages", "FROM UNAUTHENTICATED REPORTS"), .integer(report.unauthenticated)),
        (Column("unauthenticated_share", "- SHARE"), share(report.unauthenticated)),
        (Column("unknown_reporter_messages", "FROM UNKNOWN REPORTERS"), .integer(report.fromUnknownReporters)),
        (Column("unknown_reporter_share", "- SHARE"), share(report.fromUnknownReporters)),
        (Column("reporters"), .integer(figures.reporters)),
        (Column("doubts", isDetail: true), .list(figures.doubts(thresholds).map(\.rawValue))),
        (Column("estimated"), .flag(isEstimated)),
        (Column("not_evaluated", "NOT EVALUATED"), .integer(report.notEvaluated)),
      ] + recordFacts
    var document = Document(
      facts: facts,
      sections: [
        .init("streams", "Messages that would be lost, by effect", streams),
        .init("includes", "SPF includes", includes), .init("broken_keys", "Broken keys", keys),
      ], main: "streams")
    document.notes = [conclusions, brokenKeys.map { $0.text(phrasebook) }].filter { !$0.isEmpty } + fixes
    return document
  }

  private var recordFacts: [(Column, Cell)] {
    let next = policy?.next(after: answer)
    return [
      (Column("published_record", "PUBLISHED NOW"), Cell(policy?.record.line(of: domain))),
      (Column("published_source", isDetail: true), Cell(policy?.source.rawValue)),
      (Column("next_step", "NEXT STEP"), Cell(next?.step.rawValue)),
      (Column("next_record", "PUBLISH NEXT"), Cell(next?.record.line(of: domain))),
    ]
  }

  private var streams: ResultTable {
    ResultTable(
      [
        Column("effect"), Column("a_day", "PER DAY"), Column("messages"), Column("verdict"), Column("header_from"),
        Column("sender"), Column("sources"), Column("fix", isDetail: true),
      ],
      report.streams.map { stream in
        [
          .text(stream.effect.rawValue), .number(perDay(stream.messages)), .integer(stream.messages),
          .text("\(stream.verdict)/\(stream.subtype)"), .text(stream.headerFrom), .text(stream.name),
          .integer(Int64(stream.sources.count)), .text(fix(stream)),
        ]
      }, ifEmpty: "Nothing fails.")
  }

  private func fix(_ stream: ReadinessReport.Stream) -> String { advice.text(stream.largestFlow) }

  private var fixes: [[String]] {
    report.streams.filter { $0.effect == .yours }.enumerated().map { number, stream in
      [
        "\(number + 1). \(stream.name) (\(stream.headerFrom), \(stream.verdict)/\(stream.subtype), \(text(stream.messages)) per day):",
        "   \(fix(stream))",
      ]
    }
  }

  private var includes: ResultTable {
    ResultTable(
      [Column("include"), Column("messages"), Column("only_spf", "BY SPF ALONE"), Column("removal")],
      report.includes.map {
        [.text($0.name), .integer($0.messages), .integer($0.onlySPF), .text(removal($0))]
      })
  }

  private var keys: ResultTable {
    ResultTable(
      [
        Column("policy_domain", isDetail: true), Column("domain"), Column("selector"), Column("since"), Column("until"),
        Column("messages"), Column("reporters"), Column("sources"),
      ],
      brokenKeys.map {
        [
          .text($0.policyDomain), .text($0.domain), .text($0.selectorText), .text("\($0.since)"),
          $0.isOver ? .text("\($0.until)") : .null, .integer($0.messages), .integer(Int64($0.reporters)),
          .integer(Int64($0.sources.count)),
        ]
      })
  }

  private func removal(_ include: ReadinessReport.Include) -> String {
    let code =
      DomainName(include.name)?.publishable == nil
      ? "include-invalid"
      : include.messages == 0 ? "include-unused" : include.onlySPF == 0 ? "include-safe" : "include-hurts"
    return phrasebook.text("readiness.\(code)", ["include": include.name, "lost": text(include.onlySPF)])
  }

  private var conclusions: [String] {
    ReadinessWords(
      domain: domain, report: report, figures: figures, thresholds: thresholds, policy: policy, days: days,
      isEstimated: isEstimated, phrasebook: phrasebook
    ).conclusions
  }
}
