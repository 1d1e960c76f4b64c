import Classification
import DMARC
import Render
import Store
import Verdict

/// The answer of `check domain --history`: what was published, the newest state of each record first.
struct RecordHistoryAnswer {
  let histories: [RecordHistory]
  let phrasebook: Phrasebook

  /// A state, and what is known about its dates.
  private struct Entry {
    var history: RecordHistory
    var state: RecordSnapshot
    var description: RecordDescription
  }

  private func entries(_ history: RecordHistory) -> [Entry] {
    (history.states + [history.doubtful].compactMap(\.self)).reversed().map { state in
      Entry(
        history: history, state: state,
        description: RecordDescription(history.kind, state: state.state, text: state.text))
    }
  }

  func printable(_ format: OutputFormat) -> PrintableText {
    format == .table ? text : Rendering.printable(table, format)
  }

  private var table: ResultTable {
    let columns = [
      "domain", "kind", "name", "state", "record", "first_seen", "last_seen", "confirmed", "inherited_from",
      "key_type", "key_bits", "key_sha256", "testing",
    ]
    let rows = histories.flatMap(entries).map { entry -> [Cell] in
      let (state, description) = (entry.state, entry.description)
      return [
        .text(entry.history.place.domain), .text(entry.history.kind.rawValue), .text(entry.history.place.owner),
        .text(description.condition.rawValue), Cell(description.text), Cell(epoch: state.firstSeen),
        Cell(epoch: state.lastSeen), .flag(state.confirmedAt != nil), Cell(description.inheritedFrom),
        Cell(description.keyType), Cell(description.keyBits.map(Int64.init)), Cell(description.fingerprint),
        .flag(description.isTesting),
      ]
    }
    return ResultTable(columns.map { Column($0) }, rows)
  }

  private var text: PrintableText {
    var text = WrappedText()
    if histories.isEmpty { text.paragraph(page("none"), first: "", rest: "") }
    for (index, history) in histories.enumerated() {
      if index > 0 { text.line("") }
      text.line("\(page("kind.\(history.kind.rawValue)")) \(history.place.owner)")
      for entry in entries(history) { add(entry, to: &text) }
    }
    return text.printable
  }

  private func add(_ entry: Entry, to text: inout WrappedText) {
    let description = entry.description
    var parts: [String] = []
    if description.condition != .published { parts.append(page("state.\(description.condition.rawValue)")) }
    if let owner = description.inheritedFrom { parts.append(owner) }
    if let type = description.keyType { parts.append("\(type) \(description.keyBits ?? 0)") }
    if description.isTesting { parts.append("t=y") }
    if let fingerprint = description.fingerprint { parts.append("SHA-256 " + fingerprint.prefix(16) + "…") }
    if let record = description.text, entry.history.kind != .dkim { parts.append(record) }
    if entry.state.confirmedAt == nil { parts.append(page("doubtful")) }
    let values = ["first": timestamp(entry.state.firstSeen), "last": timestamp(entry.state.lastSeen)]
    text.paragraph(page("time", values) + "  " + parts.joined(separator: "; "), first: "  ", rest: "      ")
  }

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("check-history.\(code)", values)
  }
}
