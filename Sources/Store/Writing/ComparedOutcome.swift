import DMARC
import Foundation

/// The form of an outcome in which copies of a report agree, however they were written.
///
/// Stored outcomes keep what was reported. For comparing, the order of signatures, SPF checks and reasons does not count, nor the letter case
/// of selectors (they are labels of DNS names), the normal form of Unicode text, white space, and whether an empty text or the default
/// scope is written out. Results, domains, numbers and the words of comments do count.
enum ComparedOutcome {
  /// The text that outcomes share if they say the same.
  static func text(_ reported: AuthenticationOutcome) -> String {
    var outcome = reported.canonical
    outcome.dkim = outcome.dkim.map { entry in
      DKIMResult(
        domain: said(entry.domain), selector: said(entry.selector)?.lowercased(), result: entry.result,
        humanResult: said(entry.humanResult))
    }
    outcome.spf = outcome.spf.map { entry in
      SPFResult(
        domain: said(entry.domain), scope: said(entry.scope)?.lowercased() ?? "mfrom", result: entry.result,
        humanResult: said(entry.humanResult))
    }
    outcome.reasons = outcome.reasons.map { OverrideReason(type: $0.type, comment: said($0.comment)) }
    outcome.extensionXML = said(outcome.extensionXML)
    outcome.dkim = sorted(outcome.dkim) { $0.dkimResults($1) }
    outcome.spf = sorted(outcome.spf) { $0.spfResults($1) }
    outcome.reasons = sorted(outcome.reasons) { $0.reasons($1) }
    return outcome.form.string
  }

  /// The words of a text; nil if there are none.
  private static func said(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !words.isEmpty else { return nil }
    return words.utf8.allSatisfy { $0 < 0x80 } ? words : words.precomposedStringWithCanonicalMapping
  }

  private static func sorted<Entry>(_ entries: [Entry], _ write: (inout JSONText, [Entry]) -> Void) -> [Entry] {
    guard entries.count > 1 else { return entries }
    let keyed = entries.map { entry in (key: Array(OutcomeColumns.json { write(&$0, [entry]) }.utf8), entry: entry) }
    return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.entry)
  }
}
