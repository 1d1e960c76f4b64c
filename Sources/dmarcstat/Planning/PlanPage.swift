import Classification
import DMARC
import Render
import Verdict

/// A plan in all formats.
struct PlanPage {
  let plan: SetupPlan
  /// The names that no name server answered for.
  let unanswered: [String]
  let phrasebook: Phrasebook

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("setup-page.\(code)", values)
  }

  private func title(_ step: SetupStep) -> String {
    phrasebook.text("setup-step.\(step.kind.rawValue)", ["subject": step.subject ?? ""])
  }

  /// The sentences and findings of a step; findings come first if the step is wrong.
  private func sentences(_ step: SetupStep) -> [String] {
    let (findings, sentences) = (step.findings.map { $0.text(phrasebook) }, step.sentences.map { $0.text(phrasebook) })
    return step.state == .wrong ? findings + sentences : sentences + findings
  }

  /// The name of a record as most providers' forms expect it: without the zone, which they add.
  private func host(_ name: String) -> String {
    let zone = plan.zone.name
    if name == zone { return "@" }
    return name.hasSuffix(".\(zone)") ? String(name.dropLast(zone.utf8.count + 1)) : name
  }

  // MARK: For programs

  /// The steps, their records and their commands as tables.
  var document: Document {
    let steps = plan.steps
    let next = plan.next.flatMap { next in steps.firstIndex(of: next) }
    return Document(
      facts: [
        (Column("domain"), .text(plan.domain.name)), (Column("sends_mail"), .flag(plan.sendsMail)),
        (Column("done"), .integer(Int64(steps.count { $0.state == .done }))),
        (Column("count"), .integer(Int64(steps.count))), (Column("next"), Cell(next.map { Int64($0 + 1) })),
        (Column("look_ups"), .integer(Int64(plan.lookUps))), (Column("unanswered"), .list(unanswered)),
      ],
      sections: [
        .init(
          "steps", "",
          ResultTable(
            ["number", "step", "subject", "state", "earliest", "text", "findings", "source"].map { Column($0) },
            steps.enumerated().map { number, step in
              [
                .integer(Int64(number + 1)), .text(step.kind.rawValue), Cell(step.subject), .text(step.state.rawValue),
                Cell(step.earliest.map { "\($0)" }), .text(([title(step)] + sentences(step)).joined(separator: "\n")),
                .list(step.findings.map(\.code.rawValue)), Cell(step.source),
              ]
            })),
        .init(
          "records", "",
          ResultTable(
            ["number", "step", "name", "host", "type", "value", "line"].map { Column($0) },
            steps.enumerated().flatMap { number, step in
              step.records.map { record -> [Cell] in
                [
                  .integer(Int64(number + 1)), .text(step.kind.rawValue), .text(record.name), .text(host(record.name)),
                  .text(record.type), .text(record.value), .text(record.line),
                ]
              }
            })),
        .init(
          "commands", "",
          ResultTable(
            ["number", "step", "run"].map { Column($0) },
            steps.enumerated().flatMap { number, step in
              step.commands.map { [.integer(Int64(number + 1)), .text(step.kind.rawValue), .text($0)] }
            })),
      ], main: "steps")
  }

  // MARK: For people

  /// - Parameters:
  ///   - isShort: whether to print only the states of steps, with details only of those to take now.
  ///   - command: the command that checks the plan later.
  func text(isShort: Bool, verifying command: ShellCommand?) -> PrintableText {
    var text = WrappedText()
    let done = plan.steps.count { $0.state == .done }
    text.line(page("heading", ["domain": plan.domain.forPeople, "done": "\(done)", "count": "\(plan.steps.count)"]))
    if !unanswered.isEmpty {
      text.paragraph(page("unanswered", ["names": unanswered.joined(separator: ", ")]), first: "", rest: "")
    }
    for (index, step) in plan.steps.enumerated() {
      let isDetailed = !isShort || step.state == .wrong || step.state == .open
      if !isShort || (isDetailed && index > 0) { text.line("") }
      text.line(
        "\(index < 9 ? " " : "")\(index + 1). [\(phrasebook.text("setup-state.\(step.state.rawValue)"))] \(title(step))"
      )
      if isDetailed { add(step, to: &text) }
    }
    text.line("")
    if let next = plan.next, let index = plan.steps.firstIndex(of: next) {
      text.paragraph(page("next", ["number": "\(index + 1)", "title": title(next)]), first: "", rest: "")
    } else {
      text.line(page(done == plan.steps.count ? "finished" : "nothing"))
    }
    if !isShort, let command { text.literal("\(page("verify")): \(command)") }
    return text.printable
  }

  private func add(_ step: SetupStep, to text: inout WrappedText) {
    for sentence in sentences(step) { text.paragraph(sentence, first: "    ", rest: "    ") }
    for command in step.commands { text.literal("      \(page("run")): \(command)") }
    for record in step.records {
      text.literal("      \(phrasebook.text("check-page.publish")): \(record.line)")
      text.literal("        \(page("form", ["host": host(record.name), "type": record.type])): \(record.value)")
    }
    guard let day = step.earliest, step.state != .done else { return }
    let code = step.kind == .watch ? "look" : "earliest"
    text.line("    " + page(code, ["day": "\(day)"]))
  }
}
