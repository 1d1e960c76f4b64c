import Ingestion
import Render
import Wording

extension AccountCheck.Line {
  /// The line in a language.
  func shown(_ wording: Wording) -> String {
    guard wording != .english else { return printed }
    let mark =
      switch kind {
      case .heading, .conclusion: ""
      case .ok: "ok"
      case .note: "note"
      case .failure: "FAIL"
      }
    guard !mark.isEmpty else { return wording.text(text) }
    let name = wording.cell(subject, in: "account_check")
    let gap = subject.isEmpty ? "" : String(repeating: " ", count: max(1, 19 - TableText.width(name)))
    let shownMark = wording.cell(mark, in: "account_check")
    return "  \(shownMark)\(String(repeating: " ", count: max(1, 6 - TableText.width(shownMark))))\(name)\(gap)"
      + wording.text(text)
  }
}
