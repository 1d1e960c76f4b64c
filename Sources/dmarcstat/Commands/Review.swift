import ArgumentParser
import Classification
import DMARC
import Foundation
import Pages
import Render
import Settings
import Store
import Verdict

struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Make the page for the monthly review: the answer, the decisions, and what they rest on.",
    discussion: """
      Answers first: how many messages there were in the name of your domains, what share passed, and what must be decided, each \
      decision with its evidence, what speaks against it, and the command or the DNS record to paste. Below it are the messages \
      by day and verdict, the pass rate of thirteen months, the senders, the readiness for a stricter policy, the reporters that \
      were expected and missing, and what was rejected or repaired.

      The HTML page is one file without scripts: it opens from a folder, prints on A4, can be sent by mail, and loads nothing. \
      Markdown and text have the same sections. The end of the file's name decides (.html, .md, .txt), or --format.

      --mail sends it as the digest instead, once a period, to the recipients in `notify` of the configuration that have \
      `digest: true`, each with its domains and in its language; or to the addresses of --to. See docs/notify.md.

      With several domains, the page begins with all of them, the most urgent first; as many as --sections \
      says get a section of their own. A domain includes its subdomains; each policy domain is listed by itself.

      EXAMPLES
        dmarcstat review --output review.html                     last month, all domains
        dmarcstat review example.com --month 2026-10 -o example.html
        dmarcstat review example.com --lang ja -o review.md
        dmarcstat review 'kunde*.example' --sections 0 -o overview.html
        dmarcstat review example.com | less
        dmarcstat review --mail                                   from a timer: the digest of last month
        dmarcstat review --mail --month this-month                weekly: the month so far
        dmarcstat review --mail --to ops@example.com
      """)

  @Argument(
    help: ArgumentHelp(
      "Policy domains with their subdomains, or patterns such as 'kunde*.example'. (default: all)", valueName: "domain")
  )
  var names: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The month: 2026-10, last-month, this-month.", valueName: "month"))
  var month = "last-month"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write; a file of this name is replaced. (default: standard output)", valueName: "file"),
    completion: .file(extensions: ["html", "md", "txt"]))
  var output: String?

  @Option(
    name: .shortAndLong,
    help: "The form of the page. (default: that of the file's name, else text)")
  var format: PageFormat?

  @Option(
    help: ArgumentHelp("The most domains with a section of their own.", valueName: "number"))
  var sections = 10

  @Option(
    help: ArgumentHelp(
      "Include only the domains in this file, one name or pattern a line, # for comments; - is standard input.",
      valueName: "file"), completion: .file())
  var domainsFrom: String?

  @Flag(help: "Send it by mail, as the digest, to the recipients in the configuration.")
  var mail = false

  @Option(
    help: ArgumentHelp(
      "With --mail: send it to this address instead of the recipients in the configuration (repeatable).",
      valueName: "address"))
  var to: [String] = []

  @Flag(help: "With --mail: send it again to those who have it.")
  var again = false

  @Flag(help: "Take today's date in UTC, not in the local time zone or that of `timezone` in the configuration.")
  var utc = false

  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    guard (0...Self.mostSections).contains(sections) else {
      throw ValidationError("--sections must be 0 to \(Self.mostSections).")
    }
    if let output, format == nil, PageFormat(fileName: output) == nil {
      throw ValidationError(
        "--output \"\(output)\" does not say what to write: end its name in .html, .md or .txt, or add --format.")
    }
    if mail, output != nil || format != nil {
      throw ValidationError(
        "--mail cannot be combined with --output or --format: a mail has the review as text and as HTML.")
    }
    if !mail, again || !to.isEmpty { throw ValidationError("--to and --again need --mail.") }
    try domains.validate()
    _ = try period.filter(today: CalendarDay(number: 0))
  }

  private static let mostSections = 1_000

  private var domains: DomainOptions {
    var options = DomainOptions()
    options.domain = names
    options.domainsFrom = domainsFrom
    return options
  }

  private var period: PeriodOptions {
    var options = PeriodOptions()
    (options.since, options.until) = (nil, nil)
    options.month = month
    options.utc = utc
    return options
  }

  func run() throws {
    if mail { return try send() }
    // A wrong name is reported before the database is read.
    let file = try output.map { try OutputFile($0) }
    let context = try QueryContext(databaseOptions)
    let review = try page(context, domains, context.phrasebook(languageOption))
    if review.isEmpty, let covered = try context.database.coveredDays(RecordFilter()) {
      Terminal.complain(
        "no report covers \(month): reports cover \(covered.lowerBound) to \(covered.upperBound), so try `--month \("\(covered.upperBound)".prefix(7))`"
      )
    }
    let page = review.page
    let form = format ?? output.flatMap { PageFormat(fileName: $0) } ?? .text
    let text = try form.write(page)
    if let file { try file.write(text) } else { Terminal.print(text) }
  }

  private func page(
    _ context: QueryContext, _ domains: DomainOptions, _ phrasebook: Phrasebook
  ) throws -> ReviewPage {
    var filter = try period.filter(today: period.today(context.configuration))
    try domains.choose(in: context, &filter)
    let builder = ReviewBuilder(
      context.database, try context.classifier(), context.configuration.readiness, phrasebook,
      today: PeriodOptions.today)
    guard let review = try builder.review(filter, sections: sections) else {
      throw CommandError.usage("--month \"\(month)\" is not a month: use 2026-10, last-month or this-month")
    }
    return ReviewPage(review, Wording(phrasebook), context.configuration.readiness)
  }
}

// MARK: By mail

extension Review {
  private func send() throws {
    let readers = try readers(databaseOptions.configuration())
    let (database, configuration) = try databaseOptions.openExisting()
    let context = try QueryContext(databaseOptions)
    let today = period.today(configuration)
    let filter = try period.filter(today: today)
    guard let first = filter.firstDay, let last = filter.lastDay else {
      throw CommandError.usage("--month \"\(month)\" is not a month: use 2026-10, last-month or this-month")
    }
    let digest = DigestMail(
      configuration: configuration, database: database, days: first...max(first, min(last, today)), isRepeated: again,
      now: Int64(Date().timeIntervalSince1970))
    // Readers of the same domains in the same language get the same page.
    var pages: [PageSubject: Pages.Page] = [:]
    var isComplete = true
    for reader in readers {
      do {
        let report = try digest.send(to: reader) { reader in
          let subject = PageSubject(domains: reader.domains, language: reader.language)
          if let page = pages[subject] { return page }
          var domains = self.domains
          if !reader.domains.isEmpty { domains.domain = reader.domains }
          let composed = try page(context, domains, Phrasebook(reader.language))
          guard !composed.isEmpty else {
            throw CommandError(
              message:
                "there are no reports from \(first) to \(last), so nothing is sent: `dmarcstat doctor` checks whether reports arrive",
              status: .incomplete)
          }
          let page = composed.page
          pages[subject] = page
          return page
        }
        Terminal.print(lines: ["\(reader.name): \(report.text)"])
        isComplete = isComplete && report.isSent
      } catch let error as CommandError where readers.count > 1 {
        // What is wrong for one reader, such as domains without reports, is not for the others.
        Terminal.complain(of: reader.name, error.message)
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(.incomplete) }
  }

  private struct PageSubject: Hashable {
    var domains: [String]
    var language: Language
  }

  private func readers(_ configuration: Configuration) throws -> [DigestMail.Reader] {
    let language = languageOption.language(configuration)
    guard to.isEmpty else {
      let scope = ([language.rawValue] + names + [domainsFrom].compactMap(\.self)).joined(separator: " ")
      return try to.map { text in
        guard let address = MailAddress(text) else {
          throw CommandError.usage("--to \"\(text)\" is not a mail address: write it as ops@example.com")
        }
        return DigestMail.Reader(
          name: address.address, address: address, domains: [], language: language, scope: "to \(scope)")
      }
    }
    guard !domains.areGiven else {
      throw CommandError.usage(
        "the recipients in the configuration have domains of their own: add --to with an address, or leave the domains out"
      )
    }
    let readers = DigestMail.readers(configuration, usual: language)
    guard !readers.isEmpty else {
      throw CommandError.usage(
        "no recipient in the configuration gets the digest: add `digest: true` to one that has `mail`, or name an address with --to"
      )
    }
    return readers
  }
}

/// The forms of a page. The raw values are words of the command line.
enum PageFormat: String, CaseIterable, ExpressibleByArgument {
  case html, markdown, text

  /// The form that the end of a file's name asks for; nil if it is none of them.
  init?(fileName: String) {
    switch fileName.lowercased().split(separator: ".").last {
    case "html", "htm": self = .html
    case "md", "markdown": self = .markdown
    case "txt", "text": self = .text
    default: return nil
    }
  }

  func write(_ page: Pages.Page) throws -> PrintableText {
    switch self {
    case .html: PrintableText(encoded: try HTMLPage().text(page))
    case .markdown: PrintableText(encoded: MarkdownPage().text(page))
    case .text: TextPage().text(page)
    }
  }
}
