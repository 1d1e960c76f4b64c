import DMARC
import Render
import Verdict

/// The answer of `doctor` in all formats.
struct DoctorAnswer {
  let findings: DoctorFindings
  /// Whether only what needs attention is printed.
  let isQuiet: Bool

  private var shown: [DoctorFinding] {
    isQuiet ? findings.all.filter { $0.state == .error || $0.state == .warning } : findings.all
  }

  func printable(_ format: OutputFormat, width: Int?, isStyled: Bool) -> PrintableText {
    format == .table ? text(width, isStyled) : Rendering.printable(table, format)
  }

  private var table: ResultTable {
    let columns = ["check", "subject", "state", "code", "cause", "next_step", "record"]
    return ResultTable(
      columns.map { Column($0) },
      shown.map { finding in
        [
          .text(finding.area.rawValue), .text(finding.subject), .text(finding.state.rawValue), .text(finding.code),
          .text(finding.cause), Cell(finding.nextStep), Cell(finding.record),
        ]
      })
  }

  private static let styles: [DoctorFinding.State: TextStyle] = [.ok: .green, .warning: .yellow, .error: .red]

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    findings.phrasebook.text("doctor-page.\(code)", values)
  }

  private func text(_ width: Int?, _ isStyled: Bool) -> PrintableText {
    var text = WrappedText(width: width ?? 110)
    let states = DoctorFinding.State.allCases
    let widest = states.map { TableText.width(page($0.rawValue)) }.max() ?? 0
    let indent = String(repeating: " ", count: widest + 4)
    var isFirst = true
    for area in DoctorFinding.Area.allCases {
      let part = shown.filter { $0.area == area }
      guard !part.isEmpty else { continue }
      if !isFirst { text.line("") }
      isFirst = false
      text.line(page("area-\(area.rawValue)"))
      for finding in part {
        let state = page(finding.state.rawValue)
        let gap = String(repeating: " ", count: widest - TableText.width(state) + 2)
        text.paragraph(
          finding.cause, first: "  \(state)\(gap)", rest: indent,
          style: isStyled ? Self.styles[finding.state] : nil)
        if let next = finding.nextStep {
          text.paragraph(page("next", ["step": next]), first: indent, rest: indent)
        }
        if let record = finding.record { text.literal("\(indent)\(record)") }
      }
    }
    guard !isQuiet else { return text.printable }
    text.line("")
    let counts = states.filter { findings.count($0) > 0 }.map { state in
      let count = findings.count(state)
      return page(count == 1 ? "one-\(state.rawValue)" : "many-\(state.rawValue)", ["count": "\(count)"])
    }
    text.line(counts.joined(separator: page("comma")))
    return text.printable
  }
}
