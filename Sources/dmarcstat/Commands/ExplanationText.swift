import DMARC
import Render
import Store
import Verdict

/// Explanations as plain text.
enum ExplanationText {
  static func render(_ flows: [(ExplainedFlow, others: Int)], _ phrasebook: Phrasebook) -> PrintableText {
    var text = WrappedText()
    for (number, flow) in flows.enumerated() {
      if number > 0 { for _ in 0..<2 { text.line("") } }
      add(flow.0, flow.others, phrasebook, to: &text)
    }
    return text.printable
  }

  private static func add(_ flow: ExplainedFlow, _ others: Int, _ phrasebook: Phrasebook, to text: inout WrappedText) {
    let explanation = flow.explanation
    func heading(_ code: String) {
      text.line("")
      text.line(phrasebook.text("explain.\(code)"))
    }
    func section(_ code: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      heading(code)
      for item in items { text.paragraph(item, first: "  - ", rest: "    ") }
    }
    text.line(
      phrasebook.text(
        "explain.heading",
        [
          "source": "\(flow.source)", "messages": "\(flow.stored.messages)", "from": flow.stored.headerFrom ?? "",
          "first": "\(flow.stored.firstDay)", "last": "\(flow.stored.lastDay)",
        ]))
    heading("verdict")
    text.paragraph(explanation.meaning)
    text.line(
      "  "
        + phrasebook.text(
          "explain.decision",
          [
            "verdict": "\(flow.judgement.verdict.rawValue)/\(flow.judgement.subtype)",
            "certainty": explanation.certainty, "review": explanation.flag,
          ]))
    section("source", explanation.source)
    heading("reported")
    addReported(flow, phrasebook, to: &text)
    section("evidence", explanation.evidence)
    section("against", explanation.against.isEmpty ? [phrasebook.text("explain.no-against")] : explanation.against)
    section("issues", explanation.issues)
    section("missing", explanation.missing.isEmpty ? [] : explanation.missing + [phrasebook.text("explain.refresh")])
    heading("rules")
    for rule in explanation.rules {
      let answer =
        rule.reason.map {
          phrasebook.text("explain.answer", ["answer": phrasebook.text("explain.fails"), "reason": $0])
        } ?? phrasebook.text("explain.holds")
      let tried = phrasebook.text("explain.rule", ["question": rule.question, "answer": answer])
      let name = rule.name + String(repeating: " ", count: max(0, 4 - rule.name.count))
      text.paragraph(tried, first: "  \(name)", rest: "      ")
    }
    heading("advice")
    text.paragraph(explanation.advice)
    if others > 0 {
      text.line("")
      text.line(phrasebook.text("explain.more", ["count": "\(others)"]))
    }
  }

  private static func addReported(_ flow: ExplainedFlow, _ phrasebook: Phrasebook, to text: inout WrappedText) {
    let disposition = flow.stored.disposition ?? phrasebook.text("explain.not-reported")
    let dmarc = phrasebook.text(
      "explain.evaluation.\(flow.stored.evaluation.rawValue)",
      ["result": flow.judgement.dmarcResult, "disposition": disposition])
    text.paragraph(dmarc, first: "  - ", rest: "    ")
    let cells: [(name: String, cell: Cell)] = [
      ("DKIM", .json(flow.stored.dkimResults, .dkimResults)), ("SPF", .json(flow.stored.spfResults, .spfResults)),
      ("override", .json(flow.stored.reasons, .reasons)),
    ]
    for (name, cell) in cells {
      if !cell.isBlank {
        text.paragraph("\(name): ", cell, from: flow.stored.headerFrom, first: "  - ", rest: "    ")
      } else if name != "override" {
        text.line("  - \(name): -")
      }
    }
  }
}
