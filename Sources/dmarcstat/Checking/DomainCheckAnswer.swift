import DMARC
import Render
import Verdict

/// The answer of `check domain` in all formats.
struct DomainCheckAnswer {
  let checks: [CheckedDomain]
  /// Whether only errors are printed.
  let isQuiet: Bool
  let phrasebook: Phrasebook

  private var shown: [CheckedDomain] {
    isQuiet ? checks.filter { $0.check.worst == .error || !$0.check.unanswered.isEmpty } : checks
  }

  private func findings(_ check: DomainCheck) -> [RecordFinding] {
    isQuiet ? check.findings.filter { $0.severity == .error } : check.findings
  }

  func printable(_ format: OutputFormat) -> PrintableText {
    switch format {
    case .table: text
    case .csv: Rendering.printable(findingTable, .csv)
    case .json, .ndjson: Rendering.printable(domainTable, format)
    }
  }

  // MARK: For programs

  /// One row for each finding.
  private var findingTable: ResultTable {
    let columns = [
      "domain", "severity", "code", "name", "position", "text", "record_name", "record_type", "record_value",
      "record_line",
    ]
    let rows = shown.flatMap { checked in
      findings(checked.check).map { finding -> [Cell] in
        let record = finding.proposals.first
        return [
          .text(checked.check.domain.name), .text(finding.severity.rawValue), .text(finding.code.rawValue),
          .text(finding.name), Cell(finding.position.map(Int64.init)), .text(finding.text(phrasebook)),
          Cell(record?.name), Cell(record?.type), Cell(record?.value), Cell(record?.line),
        ]
      }
    }
    return ResultTable(columns.map { Column($0) }, rows)
  }

  /// One row for each domain.
  private var domainTable: ResultTable {
    let columns = [
      "domain", "result", "errors", "warnings", "notes", "parked", "findings", "omitted_findings", "dmarc", "spf",
      "dkim", "mx", "mta_sts", "tls_rpt", "bimi", "dane", "unanswered", "mta_sts_mode",
    ]
    let rows = shown.map { checked -> [Cell] in
      let check = checked.check
      let json = DomainCheckJSON(checked, phrasebook)
      return [
        .text(check.domain.name), .text(check.result),
        .integer(Int64(check.count(.error))), .integer(Int64(check.count(.warning))),
        .integer(Int64(check.count(.note))), .flag(check.isParked),
        .json(json.findings(findings(check)), .other), .integer(Int64(check.omittedFindings)),
        .json(json.dmarc, .other), .json(json.spf, .other), .json(json.dkim, .other),
        check.exchanges.map { .list($0.map { $0.isEmpty ? "." : $0 }) } ?? .null, Cell(check.transport.sts),
        Cell(check.transport.tlsReports), Cell(check.transport.bimi), .list(check.transport.daneHosts),
        .list(check.unanswered), Cell(check.transport.stsPolicy?.mode.rawValue),
      ]
    }
    return ResultTable(columns.map { Column($0) }, rows)
  }

  // MARK: For people

  private var text: PrintableText {
    var text = WrappedText()
    var isFirst = true
    for checked in shown {
      if !isFirst { text.line("") }
      isFirst = false
      DomainCheckText(checked, phrasebook).add(
        findings(checked.check), withFacts: checks.count == 1 && !isQuiet, to: &text)
    }
    if checks.count > 1, !isQuiet {
      if !isFirst { text.line("") }
      text.paragraph(total, first: "", rest: "")
    }
    return text.printable
  }

  /// What all domains together look like.
  private var total: String {
    let failing = checks.count { $0.check.worst == .error }
    let warned = checks.count { $0.check.worst == .warning }
    let unanswered = checks.count { !$0.check.unanswered.isEmpty }
    let values = [
      "domains": "\(checks.count)", "failing": "\(failing)", "warned": "\(warned)",
      "well": "\(checks.count - failing - warned)",
    ]
    let sum = phrasebook.text("check-page.total", values)
    return unanswered == 0
      ? sum : sum + "; " + phrasebook.text("check-page.total-unanswered", ["count": "\(unanswered)"])
  }
}

extension DomainCheck {
  /// The weight of the worst finding, or `ok`; `unanswered` if the check is incomplete. It is printed.
  fileprivate var result: String { unanswered.isEmpty ? worst?.rawValue ?? "ok" : "unanswered" }
}
