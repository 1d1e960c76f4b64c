import DMARC
import Render
import Store
import Verdict

/// Explanations as plain text.
enum ExplanationText {
  static func render(_ sections: [ExplainedSection], _ phrasebook: Phrasebook) -> PrintableText {
    var text = WrappedText()
    for (number, section) in sections.enumerated() {
      if number > 0 { for _ in 0..<2 { text.line("") } }
      add(section, phrasebook, to: &text)
    }
    return text.printable
  }

  /// How many other addresses of a section are named.
  private static let mostAddresses = 5
  /// How many results of a kind are shown.
  private static let mostResults = 10

  private static func add(_ group: ExplainedSection, _ phrasebook: Phrasebook, to text: inout WrappedText) {
    let flow = group.largest
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
          "source": group.name, "messages": "\(group.messages)", "days": "\(group.days)",
          "from": group.headerFroms, "first": "\(group.firstDay)", "last": "\(group.lastDay)",
        ]))
    addAddresses(group, phrasebook, to: &text)
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
    if group.flows.count > 1 {
      text.line("")
      text.line(phrasebook.text("explain.more", ["count": "\(group.flows.count - 1)"]))
    }
  }

  /// The addresses of a section, if there are several.
  private static func addAddresses(
    _ group: ExplainedSection, _ phrasebook: Phrasebook, to text: inout WrappedText
  ) {
    guard group.addresses.count > 1 else { return }
    text.paragraph(
      phrasebook.text(
        "explain.many",
        [
          "addresses": "\(group.addresses.count)", "networks": "\(group.networks)",
          "source": "\(group.largest.stored.source)",
        ]))
    let others = group.addresses.dropFirst()
    let more = others.count > mostAddresses ? ["+\(others.count - mostAddresses)"] : []
    let names = others.prefix(mostAddresses).map { "\($0)" } + more
    text.paragraph(phrasebook.text("explain.others", ["addresses": names.joined(separator: ", ")]))
  }

  private static func addReported(_ flow: ExplainedFlow, _ phrasebook: Phrasebook, to text: inout WrappedText) {
    let disposition = flow.stored.disposition ?? phrasebook.text("explain.not-reported")
    let dmarc = phrasebook.text(
      "explain.evaluation.\(flow.stored.evaluation.rawValue)",
      ["result": flow.judgement.dmarcResult, "disposition": disposition])
    text.paragraph(dmarc, first: "  - ", rest: "    ")
    let cells: [(name: String, cell: Cell)] = [
      ("DKIM", .json(flow.stored.dkimResults, .dkimResultsFor(flow.stored.headerFrom ?? flow.stored.policyDomain))),
      ("SPF", .json(flow.stored.spfResults, .spfResults)),
      ("override", .json(flow.stored.reasons, .reasons)),
    ]
    for (name, cell) in cells {
      if !cell.isBlank {
        text.paragraph("\(name): ", allOf: cell, limit: mostResults, first: "  - ", rest: "    ")
      } else if name != "override" {
        text.line("  - \(name): -")
      }
    }
  }
}
