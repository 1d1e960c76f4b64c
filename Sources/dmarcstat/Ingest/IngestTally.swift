import DMARC
import Intake
import Store

/// What a run of `ingest` has done.
struct IngestTally: Sendable {
  /// Files.
  var inputs = 0
  /// Of these, those that were new and have been read.
  var filesRead = 0
  /// Mailboxes on servers that were looked into.
  var mailboxes = 0
  /// Mails that were fetched from servers.
  var mails = 0
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
  /// Files and mails that are no report, by what they are.
  var others: [String: Int] = [:]
  /// Files and mails that were moved, marked or deleted after they were stored.
  var clearedAway = 0
  /// Of the new reports, those that had to be mended.
  var recovered = 0
  /// Of the new reports, those that end too early.
  var truncated: [Problem] = []
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

  mutating func noteOther(_ kind: String) { others[kind, default: 0] += 1 }

  mutating func noteNew(_ report: IncomingReport) {
    newReports += 1
    rows += report.rows
    messages += report.messages
    warnings += report.warnings.count
    droppedRows += report.droppedRows
    if report.isRecovered { recovered += 1 }
    guard report.isTruncated else { return }
    let text =
      "the report ends too early; the \(report.rows) rows that are whole were kept: "
      + "fetch it again, a whole copy will take its place"
    truncated.append(Problem(place: report.origin, code: "truncated", text: text))
  }

  /// What came of moving or deleting a file.
  mutating func note(_ outcome: AfterAction.Outcome, _ file: InputFile) {
    switch outcome {
    case .done: clearedAway += 1
    case .skipped: break
    case .failed(let problem): unreachable.append(.init(place: file.shown, code: "after", text: problem))
    }
  }

  /// Whether there is anything to tell.
  var isEmpty: Bool { filesRead == 0 && mails == 0 && clearedAway == 0 && exitStatus == .success }

  /// Whether a source could not be read, else whether something new was rejected, dropped or cut off.
  var exitStatus: ExitStatus {
    if !unreachable.isEmpty { return .source }
    return rejected.isEmpty && conflicts.isEmpty && truncated.isEmpty && droppedRows == 0 ? .success : .incomplete
  }
}
