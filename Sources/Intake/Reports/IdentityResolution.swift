import DMARC
import ReportXML

/// Determines the identity of a report once, as early as possible: with the first rows of a long report, otherwise at its end.
struct IdentityResolution {
  /// What names and message headers say about the report.
  let hints: ReportHints
  /// The current time, epoch seconds; nil to accept any period.
  let now: () -> Int64?
  private var known: Result<ResolvedIdentity, InputError>?

  init(hints: ReportHints, now: @escaping () -> Int64?) {
    self.hints = hints
    self.now = now
  }

  /// The identity of the current report.
  /// - Parameters:
  ///   - rows: all of its rows, or the first ones of a long report, whose number depends on its content only.
  mutating func identity(_ head: ReportHead, _ rows: RecordBatch) -> Result<ResolvedIdentity, InputError> {
    if let known { return known }
    let isIDMissing = (head.metadata.reportID ?? "").allSatisfy { $0.isWhitespace || $0 == "<" || $0 == ">" }
    let hash = isIDMissing ? Self.contentHash(head.policy, rows) : nil
    let result = Result { () throws(InputError) in
      try ResolvedIdentity(
        head, hints: hints, firstHeaderFrom: rows.outcomes.first?.headerFrom, contentHash: hash, now: now())
    }
    known = result
    return result
  }

  /// A hash of what a report says, by which copies of it with other bytes have one identity, and other reports do not.
  private static func contentHash(_ policy: PolicyPublished, _ rows: RecordBatch) -> [UInt8] {
    var text = JSONText()
    text.policy(policy)
    var hash = ContentHash()
    func add(_ text: String) {
      var text = text + "\n"
      text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
    }
    add(text.string)
    let outcomes = rows.outcomes.map(Self.text)
    for row in rows.rows {
      add("\(row.source) \(row.messages) \(rows.envelopeTo(of: row) ?? "") \(outcomes[row.outcome])")
    }
    return hash.finish()
  }

  private static func text(_ outcome: AuthenticationOutcome) -> String {
    var text = JSONText()
    text.array {
      $0.value(outcome.disposition?.rawValue)
      $0.value(outcome.evaluatedDKIM?.rawValue)
      $0.value(outcome.evaluatedSPF?.rawValue)
      $0.value(outcome.headerFrom)
      $0.value(outcome.envelopeFrom)
      $0.dkimResults(outcome.dkim)
      $0.spfResults(outcome.spf)
      $0.reasons(outcome.reasons)
    }
    return text.string
  }

  /// Starts with the next report in the same document.
  mutating func beginReport() { known = nil }
}
