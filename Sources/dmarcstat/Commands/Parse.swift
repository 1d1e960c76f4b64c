import ArgumentParser
import DMARC
import Intake
import Render
import ReportXML
import Settings

struct Parse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parse",
    abstract: "Print reports as JSON lines, without a database.",
    discussion: """
      Prints one report per line, with keys named after the XML elements; an absent element is null. `warnings` lists what was \
      changed while reading. A file that cannot be read is reported on standard error and makes the exit status 1; the other \
      files are still printed.

      EXAMPLES
        dmarcstat parse report.xml.gz | jq .
        dmarcstat parse *.zip > reports.ndjson
        dmarcstat parse - < mail.eml
        dmarcstat parse folder | jq -r '.records[].source_ip' | sort | uniq -c
      """)

  @Argument(help: ArgumentHelp("Files, folders and email messages; - is standard input.", valueName: "file"))
  var files: [String]

  @OptionGroup(title: "Limits") var limitOptions: LimitOptions

  func run() throws {
    let walk = DirectoryWalk(files)
    let reading = ReportReader(limits: limitOptions.limits(Limits()))
    var status = ExitStatus.success
    for problem in walk.problems {
      Terminal.complain(of: problem.path, problem.cause.explanation)
      status = .source
    }
    for omission in walk.omissions { Terminal.complain(of: omission.path, omission.cause) }
    for file in walk.files {
      var line = ReportLine(file: file.shown)
      try reading.read(file) { event in
        switch event {
        case .rows(let part): try line.add(part.rows)
        case .restarted: line.discard()
        case .report(let report): try line.finish(report)
        case .rejected(_, .vanished): line.discard()
        case .rejected(let origin, let why):
          line.discard()
          Terminal.complain(of: file.shown + (origin.member.map { "#\($0)" } ?? ""), why.explanation)
          status = max(status, .incomplete)
        case .notAReport(let origin, let kind):
          // Such files are expected in a folder, but not as an argument.
          if file.isNamed {
            Terminal.complain(of: file.shown + (origin.member.map { "#\($0)" } ?? ""), "not a report, but \(kind)")
          }
        case .mail, .resumed, .mboxEnd: break
        }
      }
    }
    if status != .success { throw ExitCode(status) }
  }
}

/// One line of `parse`. Records are buffered until the report is known to be complete.
struct ReportLine {
  private let file: String
  private var records = JSONSpool()
  private var json = JSONText()

  init(file: String) {
    self.file = file
    json.open("[")
  }

  mutating func add(_ batch: RecordBatch) throws {
    let fragments = batch.outcomes.map(OutcomeFragments.init)
    for row in batch.rows {
      let fragment = fragments[row.outcome]
      json.object {
        $0.field("source_ip", "\(row.source)")
        $0.field("count", row.messages)
        $0.key("policy_evaluated")
        $0.raw(fragment.evaluated)
        $0.key("identifiers")
        $0.object {
          $0.field("header_from", fragment.headerFrom)
          $0.field("envelope_from", fragment.envelopeFrom)
          $0.field("envelope_to", batch.envelopeTo(of: row))
        }
        $0.key("auth_results")
        $0.raw(fragment.results)
        if let text = fragment.extensionXML { $0.field("extension", text) }
      }
      if json.bytes.count > 1 << 20 { try spill() }
    }
  }

  mutating func discard() {
    records = JSONSpool()
    json = JSONText()
    json.open("[")
  }

  mutating func finish(_ report: ReadReport) throws {
    try add(report.lastRows)
    json.close("]")
    try spill()
    let head = report.tail.head
    let identity = try? report.identity.get()
    var line = JSONText()
    line.open("{")
    line.field("file", file)
    line.key("report_metadata")
    line.metadata(head.metadata)
    line.key("policy_published")
    line.policy(head.policy)
    line.key("records")
    Terminal.print(PrintableText(line, endsLine: false))
    try Terminal.print(records)
    line.removeAll()
    line.noteValueWrittenElsewhere()
    line.key("warnings")
    line.array {
      for warning in (identity?.warnings ?? []) + report.tail.warnings.map(\.namingOption) {
        $0.object {
          $0.field("code", warning.code.rawValue)
          $0.field("line", warning.line.map(Int64.init))
          $0.field("message", warning.message)
        }
      }
    }
    line.key("recovered")
    line.value(report.isRecovered)
    line.key("truncated")
    line.value(report.isTruncated)
    line.field("member", report.origin.member)
    line.field("version", head.version)
    line.field("namespace", head.namespace)
    line.field("dialect", head.dialect.rawValue)
    line.field("extension", head.extensionXML)
    line.key("identity")
    line.identity(identity?.identity)
    line.field("sha256", hex(report.sha256))
    line.field("day", identity.map { "\(CalendarDay(number: $0.identity.day))" })
    line.close("}")
    Terminal.print(PrintableText(line, endsLine: true))
    discard()
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private mutating func spill() throws {
    try records.take(&json)
  }

  /// The parts that all records with one outcome have in common, encoded once.
  private struct OutcomeFragments {
    let evaluated, results: String
    let headerFrom, envelopeFrom, extensionXML: String?

    init(_ outcome: AuthenticationOutcome) {
      var json = JSONText()
      json.policyEvaluated(outcome)
      evaluated = json.string
      json = JSONText()
      json.object {
        $0.key("dkim")
        $0.dkimResults(outcome.dkim)
        $0.key("spf")
        $0.spfResults(outcome.spf)
      }
      results = json.string
      headerFrom = outcome.headerFrom
      envelopeFrom = outcome.envelopeFrom
      extensionXML = outcome.extensionXML
    }
  }
}
