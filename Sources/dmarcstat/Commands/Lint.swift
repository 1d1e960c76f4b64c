public import ArgumentParser
import DMARC
import Intake
import Render
import ReportXML
import Settings

struct Lint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check reports against the schema of their dialect.",
    discussion: """
      Detects the dialect of each report and lists where the report deviates from the schema, with line numbers. This is meant \
      for those who generate reports: most reports in the wild deviate from every schema, and `ingest` reads them anyway. The \
      exit status is 1 if there are deviations.

      EXAMPLES
        dmarcstat lint report.xml
        dmarcstat lint --dialect rfc9990 report.xml.gz
      """)

  @Argument(help: ArgumentHelp("Files, folders and email messages; - is standard input.", valueName: "file"))
  var files: [String]

  @Option(help: "Check against this dialect instead of the detected one.")
  var dialect: ReportDialect?

  @OptionGroup var format: FormatOption

  func run() throws {
    let walk = DirectoryWalk(files)
    var limits = Limits()
    // The schema check builds a tree of the whole document, which is many times as large as its text.
    limits.inflatedBytes = 64 << 20
    var rows: [[Cell]] = []
    var status: ExitStatus = walk.problems.isEmpty ? .success : .source
    for problem in walk.problems {
      Terminal.complain(of: problem.path, problem.cause.explanation)
    }
    for omission in walk.omissions { Terminal.complain(of: omission.path, omission.cause) }
    for file in walk.files {
      do {
        try ReportReader(limits: limits).readXML(file) { member, xml in
          // A bad member does not affect the other members.
          do {
            let findings = try SchemaLint.check(xml.get(), as: dialect)
            rows += Self.rows(file.shown, member, findings)
            if !findings.problems.isEmpty { status = max(status, .incomplete) }
          } catch let rejection as InputError {
            Terminal.complain(of: file.shown + (member.map { "#\($0)" } ?? ""), rejection.explanation)
            status = max(status, .incomplete)
          }
        }
      } catch let rejection as InputError {
        Terminal.complain(of: file.shown, rejection.explanation)
        status = max(status, .incomplete)
      }
    }
    let columns = [
      Column("file"), Column("member", isDetail: true), Column("dialect"), Column("line"), Column("message"),
    ]
    format.print(ResultTable(columns, rows, ifEmpty: "Nothing was checked."))
    if status != .success { throw ExitCode(status) }
  }

  private static func rows(_ file: String, _ member: String?, _ findings: SchemaLint.Findings) -> [[Cell]] {
    let dialect = Cell.text(findings.dialect.rawValue)
    if findings.problems.isEmpty { return [[.text(file), Cell(member), dialect, .null, .text("conforms")]] }
    return findings.problems.map {
      [.text(file), Cell(member), dialect, Cell($0.line.map(Int64.init)), .text($0.message)]
    }
  }
}

extension ReportDialect: ExpressibleByArgument {}
