import DMARC
import ReportXML

/// Finds out which report is being read, once, as soon as that can be told: with its first rows if it is long, else at its end.
struct IdentityResolution {
  /// What names and mail headers say of the report.
  let hints: ReportHints
  /// The present, epoch seconds; nil if it does not matter.
  let now: () -> Int64?
  private var known: Result<ResolvedIdentity, InputError>?

  init(hints: ReportHints, now: @escaping () -> Int64?) {
    self.hints = hints
    self.now = now
  }

  /// The identity of the report at hand.
  /// - Parameters:
  ///   - rows: its rows so far, beginning with the first one.
  ///   - sha256: hash of the XML; nil before its end.
  mutating func identity(
    _ head: ReportHead, _ rows: RecordBatch, sha256: [UInt8]? = nil
  ) -> Result<ResolvedIdentity, InputError> {
    if let known { return known }
    let result = Result { () throws(InputError) in
      try ResolvedIdentity(
        head, hints: hints, firstHeaderFrom: rows.outcomes.first?.headerFrom, sha256: sha256, now: now())
    }
    known = result
    return result
  }

  /// Another report begins in the same document.
  mutating func beginReport() { known = nil }
}
