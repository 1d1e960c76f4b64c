import DMARC
import Render

/// What the limit of a list has left out.
struct CutList {
  let lines: Int
  /// Their messages; nil if they are not counted.
  var messages: Int64?

  /// `136 more sources with 4,211 messages`; nil if nothing was left out.
  func text(_ one: String, _ many: String) -> String? {
    guard lines > 0 else { return nil }
    let text = "\(NumberText.grouped(Int64(lines))) \(lines == 1 ? one : many)"
    guard let messages else { return text }
    return text + " with \(NumberText.grouped(messages)) \(messages == 1 ? "message" : "messages")"
  }
}
