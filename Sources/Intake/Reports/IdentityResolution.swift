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
  ///   - rows: its rows so far, starting with the first one.
  ///   - sha256: the hash of the XML with LF line ends; nil before its end.
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

  /// Starts with the next report in the same document.
  mutating func beginReport() { known = nil }
}
