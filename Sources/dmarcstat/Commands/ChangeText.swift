import Classification
import Render
import Verdict

/// The changes for people: by urgency, each with its sentences and the next step.
struct ChangeText {
  private var text = WrappedText()

  /// The text, with its line ends.
  var printable: PrintableText { text.printable }

  init(_ changes: [Change], _ phrasebook: Phrasebook) {
    var severity: Change.Severity?
    for (index, change) in changes.enumerated() {
      if change.severity != severity {
        if index > 0 { text.line("") }
        text.line(phrasebook.text("change.severity.\(change.severity.rawValue)"))
        severity = change.severity
      }
      let number = "\(index + 1)."
      let indent = String(repeating: " ", count: 5)
      let first = "  " + number + String(repeating: " ", count: max(1, 3 - number.count))
      for (place, sentence) in change.sentences(phrasebook).enumerated() {
        text.paragraph(sentence, first: place == 0 ? first : indent, rest: indent)
      }
      if let step = change.nextStep { text.paragraph("→ `\(step)`", first: indent, rest: indent + "  ") }
    }
  }
}
