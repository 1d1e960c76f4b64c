import Render
import Store
import Verdict

/// Explanations as text for people.
enum ExplanationText {
  private static let width = 110

  static func render(_ flows: [(ExplainedFlow, others: Int)], _ phrasebook: Phrasebook) -> String {
    flows.map { block($0.0, $0.others, phrasebook) }.joined(separator: "\n\n")
  }

  private static func block(_ flow: ExplainedFlow, _ others: Int, _ phrasebook: Phrasebook) -> String {
    let told = flow.explanation
    var lines: [String] = []
    func heading(_ code: String) { lines += ["", phrasebook.text("explain.\(code)")] }
    // Everything is escaped once, before it is wrapped, so that widths are right.
    func add(_ text: String, first: String = "  ", rest: String = "  ") {
      lines += wrap(SafeText.terminal(text), first: first, rest: rest)
    }
    func section(_ code: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      heading(code)
      for item in items { add(item, first: "  - ", rest: "    ") }
    }
    lines.append(
      SafeText.terminal(
        phrasebook.text(
          "explain.heading",
          [
            "source": "\(flow.source)", "messages": flow.text("messages"), "from": flow.text("header_from"),
            "first": flow.text("first_day"), "last": flow.text("last_day"),
          ])))
    heading("verdict")
    add(told.meaning)
    lines.append("  \(flow.judgement.verdict.rawValue)/\(flow.judgement.subtype); \(told.certainty). \(told.flag)")
    section("source", told.source)
    heading("reported")
    for item in reported(flow) { lines += wrap(item, first: "  - ", rest: "    ") }
    section("evidence", told.evidence)
    section("against", told.against.isEmpty ? [phrasebook.text("explain.no-against")] : told.against)
    section("issues", told.issues)
    section("missing", told.missing.isEmpty ? [] : told.missing + [phrasebook.text("explain.refresh")])
    heading("rules")
    for rule in told.rules {
      let answer = rule.reason.map { "\(phrasebook.text("explain.fails")): \($0)" } ?? phrasebook.text("explain.holds")
      let name = rule.name + String(repeating: " ", count: max(0, 4 - rule.name.count))
      add("\(rule.question) \(answer)", first: "  \(name)", rest: "      ")
    }
    heading("advice")
    add(told.advice)
    if others > 0 { lines += ["", phrasebook.text("explain.more", ["count": "\(others)"])] }
    return lines.map { $0 + "\n" }.joined()
  }

  /// What was reported, escaped already as ``Rendering/text(_:)`` does.
  private static func reported(_ flow: ExplainedFlow) -> [String] {
    func results(_ column: String) -> String { Rendering.text(Cell(flow.row[column], column: column)) }
    let dmarc = flow.judgement.passesDMARC ? "pass" : "fail"
    var lines = ["DMARC \(dmarc), disposition \(SafeText.terminal(flow.text("disposition")))"]
    for (name, column) in [("DKIM", "dkim_results"), ("SPF", "spf_results"), ("override", "reasons")] {
      let text = results(column)
      if !text.isEmpty { lines.append("\(name): \(text)") } else if column != "reasons" { lines.append("\(name): -") }
    }
    return lines
  }

  /// Breaks lines between words; text without blanks stays in one line, and so does a command between backticks.
  private static func wrap(_ text: String, first: String, rest: String) -> [String] {
    var lines: [String] = []
    var line = first
    var isEmpty = true
    for word in words(text) {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        (line, isEmpty) = (rest, true)
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }

  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var isOpen = false
    for part in text.split(separator: " ") {
      if isOpen, let last = words.popLast() { words.append("\(last) \(part)") } else { words.append(String(part)) }
      if part.count(where: { $0 == "`" }) % 2 == 1 { isOpen.toggle() }
    }
    return words
  }
}
