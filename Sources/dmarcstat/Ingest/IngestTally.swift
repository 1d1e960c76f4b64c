import DMARC

/// What a run of `ingest` has done.
struct IngestTally: Sendable {
  var inputs = 0
  /// Inputs that the ledger knows already.
  var known = 0
  /// Of those, the ones that were rejected earlier.
  var knownRejected = 0
  var newReports = 0
  var duplicates = 0
  var conflicts: [Problem] = []
  var rejected: [Problem] = []
  /// Paths that could not be looked at or read at all.
  var unreachable: [Problem] = []
  var otherFiles = 0
  var rows = 0
  /// Rows that have come so far, whatever becomes of their reports.
  var rowsSeen = 0
  var messages: Int64 = 0
  var warnings = 0
  var droppedRows = 0
  var seconds = 0.0

  /// Something that a person should hear of.
  struct Problem: Sendable {
    /// File, and member of the archive.
    var place: String
    var code: String
    var text: String
  }

  /// 3 where a source could not be read, else 1 where something new was rejected or dropped.
  var exitStatus: Int32 {
    if !unreachable.isEmpty { return 3 }
    return rejected.isEmpty && conflicts.isEmpty && droppedRows == 0 ? 0 : 1
  }
}
