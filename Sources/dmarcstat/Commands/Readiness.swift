import ArgumentParser
import Classification
import DMARC
import Render
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

      EXAMPLES
        dmarcstat readiness example.com
        dmarcstat readiness example.com --month last-month
        dmarcstat readiness example.com --lang ja
        dmarcstat readiness example.com --format json
      """)

  @Argument(help: "A policy domain; its subdomains are included.")
  var domain: String

  @OptionGroup var period: PeriodOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    guard let name = DomainName(domain) else { throw DomainName.invalid(domain) }
    let context = try QueryContext(databaseOptions)
    let (database, phrasebook) = (context.database, context.phrasebook(languageOption))
    var filter = try period.filter(today: period.today(context.configuration))
    filter.domains = [name]
    // Reports for days in the future are excluded unless the arguments name such days.
    if filter.lastDay == nil, (filter.firstDay ?? .last) <= PeriodOptions.today || !period.isGiven {
      filter.lastDay = PeriodOptions.today
    }
    guard let newest = try database.newestDay(filter) else {
      guard name.publishable != nil else { throw DomainName.invalid(domain) }
      try context.requireReports(on: name)
      let covered = try context.covered(filter, period)
      throw CommandError(
        message: "no report in this period (\(covered)) is about \(name.forPeople)", status: .incomplete)
    }
    if !period.isGiven { (filter.firstDay, filter.lastDay) = (newest.advanced(by: -29), newest) }
    let covered = try context.covered(filter, period)
    let classification = try context.classificationContext()
    var report = ReadinessReport(classification, spf: try database.spfSnapshots(of: name).last)
    try database.streamFlows(filter, trustedHosts: classification.trustedHosts, isSpread: true) {
      report.add($0)
    }
    let reported = try database.coveredPeriod(filter)
    let page = ReadinessPage(
      domain: name, report: report, days: reported.days, isEstimated: reported.isEstimated,
      advice: ReviewAdvice(classification, phrasebook),
      phrasebook: phrasebook)
    covered.print(page.document, format.format)
  }
}

/// The output of `readiness` as tables and sentences.
struct ReadinessPage {
  let domain: DomainName
  let report: ReadinessReport
  /// Days that reports cover.
  let days: Int64
  /// Whether the numbers rest on reports over several days.
  let isEstimated: Bool
  let advice: ReviewAdvice
  let phrasebook: Phrasebook

  private func perDay(_ messages: Int64) -> Double { days > 0 ? Double(messages) / Double(days) : 0 }

  private func text(_ messages: Int64) -> String { NumberText.tenths(perDay(messages)) }

  private func share(_ part: Int64) -> Cell {
    report.messages > 0 ? .share(Double(part) / Double(report.messages)) : .null
  }

  private func percentage(_ part: Int64) -> String {
    report.messages > 0 ? RuleEngine.percentage(Double(part) / Double(report.messages)) : "0 %"
  }

  var document: Document {
    let failing = report.messages - report.passed
    let facts: [(Column, Cell)] = [
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
      (Column("ready"), .flag(report.messages(.yours) == 0)),
      (Column("strict_costs", "LOST PER DAY IF STRICT"), .number(perDay(report.failingIfStrict))),
      (Column("unauthenticated_messages", "FROM UNAUTHENTICATED REPORTS"), .integer(report.unauthenticated)),
      (Column("unauthenticated_share", "- SHARE"), share(report.unauthenticated)),
      (Column("unknown_reporter_messages", "FROM UNKNOWN REPORTERS"), .integer(report.fromUnknownReporters)),
      (Column("unknown_reporter_share", "- SHARE"), share(report.fromUnknownReporters)),
      (Column("estimated"), .flag(isEstimated)),
      (Column("not_evaluated", "NOT EVALUATED"), .integer(report.notEvaluated)),
    ]
    var document = Document(
      facts: facts,
      sections: [
        .init("streams", "Messages that would be lost, by effect", streams),
        .init("includes", "SPF includes", includes),
      ], main: "streams")
    document.notes = [conclusions] + fixes
    return document
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

  private func removal(_ include: ReadinessReport.Include) -> String {
    let code =
      DomainName(include.name)?.publishable == nil
      ? "include-invalid"
      : include.messages == 0 ? "include-unused" : include.onlySPF == 0 ? "include-safe" : "include-hurts"
    return phrasebook.text("readiness.\(code)", ["include": include.name, "lost": text(include.onlySPF)])
  }

  private var conclusions: [String] {
    let (yours, undecided, abuse) = (report.messages(.yours), report.messages(.undecided), report.messages(.abuse))
    let unknown = domain.publishable.map { name in
      ShellCommand(["dmarcstat", "unknown-senders", "--domain", ShellWord(name)])
    }
    var values = [
      "command": phrasebook.text(unknown), "yours": text(yours), "passed-on": text(report.messages(.passedOn)),
      "undecided": text(undecided),
      "abuse": text(abuse), "domain": domain.name, "days": "\(days)", "both": text(report.failingIfStrict),
      "adkim": text(report.failingIfStrictDKIM), "aspf": text(report.failingIfStrictSPF),
    ]
    values["share"] = percentage(report.unauthenticated)
    values["not-evaluated"] = "\(report.notEvaluated)"
    values["unknown"] = percentage(report.fromUnknownReporters)
    var codes = [yours == 0 ? "ready" : "not-ready"]
    if undecided > 0 { codes.append("undecided") }
    if abuse > 0 { codes.append("abuse") }
    codes.append(report.failingIfStrict == 0 ? "strict-none" : "strict-some")
    if !report.hasSnapshot { codes.append("no-snapshot") }
    if report.unauthenticated > 0 || report.fromUnknownReporters > 0 { codes.append("unauthenticated") }
    if days < 20 { codes.append("little") }
    if isEstimated { codes.append("estimated") }
    if report.notEvaluated > 0 { codes.append("not-evaluated") }
    return codes.map { phrasebook.text("readiness.\($0)", values) }
  }
}
