import DMARC
import Render
package import Verdict

/// An alert in the words of one language, with the labels around it.
package struct AlertText {
  let alert: Alert
  let phrasebook: Phrasebook

  package init(_ alert: Alert, _ phrasebook: Phrasebook) { (self.alert, self.phrasebook) = (alert, phrasebook) }

  /// `[dmarcstat] high: TITLE`.
  package var subject: String {
    "[dmarcstat] \(severity): \(ShortenedText.text(alert.title))"
  }

  /// The body of a message, for any mail program.
  package var body: String {
    var text = WrappedText(width: 76)
    text.paragraph(alert.title, first: "", rest: "")
    for sentence in alert.sentences {
      text.line("")
      text.paragraph(sentence, first: "", rest: "")
    }
    if let step = alert.nextStep {
      text.line("")
      text.line(label("next-step") + ":")
      text.literal("    " + step)
    }
    text.line("")
    for (name, value) in facts { text.paragraph("\(name): \(value)", first: "", rest: "  ") }
    text.line("")
    text.line("-- ")
    text.paragraph(label("footer"), first: "", rest: "")
    return text.printable.text
  }

  /// Lines for the standard error of a job: what, why, and what to do.
  package var lines: [String] {
    ["\(severity): \(alert.title)"] + alert.sentences.map { "  " + $0 }
      + (alert.nextStep.map { ["  \(label("next-step")): \($0)"] } ?? [])
  }

  /// All in one line, for a log.
  package var line: String {
    let texts =
      ["\(alert.kind) \(alert.phase.rawValue): \(alert.title)"] + alert.sentences + [alert.nextStep].compactMap(\.self)
    return SafeText.people(texts.joined(separator: " "))
  }

  /// What programs and chats list below the sentences.
  var facts: [(name: String, value: String)] {
    var facts = [(label("severity"), severity)]
    if !alert.domains.isEmpty { facts.append((label("domains"), domains)) }
    if let since = alert.since { facts.append((label("since"), "\(since)")) }
    if let messages = alert.messages { facts.append((label("messages"), NumberText.grouped(messages))) }
    return facts
  }

  private var domains: String {
    let shown = alert.domains.prefix(Self.mostDomains).map(ShortenedText.name).joined(separator: ", ")
    let rest = alert.domains.count - Self.mostDomains
    return rest > 0 ? shown + " " + phrasebook.text("delivery.more", ["count": "\(rest)"]) : shown
  }

  private static let mostDomains = 10

  var severity: String { phrasebook.text("delivery.severity.\(alert.severity.rawValue)") }

  func label(_ code: String) -> String { phrasebook.text("delivery.\(code)") }
}
