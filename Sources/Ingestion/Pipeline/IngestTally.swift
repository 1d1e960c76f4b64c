import DMARC
import Intake
import Settings
import Store

/// What a run of `ingest` has done.
package struct IngestTally: Sendable {
  /// Files.
  package var inputs = 0
  /// Of these, those that were new and have been read.
  package var filesRead = 0
  /// Mailboxes on servers that were looked into.
  package var mailboxes = 0
  /// Mails that were fetched from servers.
  package var fetchedMessages = 0
  /// Inputs that the ledger knows already.
  package var known = 0
  /// Of those, the ones that were rejected earlier.
  package var knownRejected = 0
  package var newReports = 0
  package var duplicates = 0
  package var conflicts: [Problem] = []
  package var rejected: [Problem] = []
  /// Paths that could not be looked at or read at all.
  package var unreachable: [Problem] = []
  /// Names of accounts of which a folder was not looked into.
  var uncheckedAccounts: Set<String> = []
  /// What was left out or left where it is, though a person may not expect that: told once.
  package var omissions: [Problem] = []
  /// The code of an omission that may be gone soon; quiet runs and services do not mention it.
  static let passingOmission = "left-out-for-now"
  /// Files and folders whose names begin with a dot.
  package var hiddenNames = 0
  /// Files that were gone before they could be read.
  package var vanished = 0
  /// Files and mails that are no report, by what they are.
  package var others: [String: Int] = [:]
  /// Files and mails that were moved, marked or deleted after they were stored.
  package var cleanedUp = 0
  /// Of the new reports, those that had to be mended.
  package var recovered = 0
  /// Of the new reports, those that end too early.
  package var truncated: [Problem] = []
  package var rows = 0
  /// Rows that have come so far, whatever becomes of their reports.
  package var rowsSeen = 0
  package var messages: Int64 = 0
  package var warnings = 0
  package var droppedRows = 0
  package var seconds = 0.0

  /// Something that a person should hear of.
  package struct Problem: Sendable {
    /// File, and member of the archive.
    package var location: String
    package var code: String
    package var text: String
    /// Where it belongs among the notices of lasting problems; nil for an account, which is known by its place.
    var notice: NoticeKey?

    /// The scope and key of a ``Notice``.
    struct NoticeKey: Sendable, Hashable {
      var scope, key: String

      /// A place from its parts.
      init(scope: String, key: String) {
        self.scope = scope
        self.key = key
      }

      /// A file or folder below a source.
      init(source: String, path: String) {
        scope = "path \(source)"
        key = path == source ? "" : path
      }
    }
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
    truncated.append(Problem(location: report.origin, code: "truncated", text: text))
  }

  /// What came of moving or deleting a file.
  mutating func note(_ outcome: FileCleanup.Outcome, _ file: InputFile) {
    switch outcome {
    case .done: cleanedUp += 1
    case .skipped: break
    case .left(let reason): omissions.append(Self.problem(of: file, "left-out", reason))
    case .failed(let problem): unreachable.append(Self.problem(of: file, "after", problem))
    }
  }

  static func problem(of file: InputFile, _ code: String, _ text: String, location: String? = nil) -> Problem {
    Problem(
      location: location ?? file.shown, code: code, text: text, notice: .init(source: file.source, path: file.shown))
  }

  /// Whether there is anything to tell.
  package var isEmpty: Bool {
    filesRead == 0 && fetchedMessages == 0 && cleanedUp == 0 && omissions.isEmpty && isComplete
  }

  /// Whether every source could be read, and nothing new was rejected, dropped or cut off.
  var isComplete: Bool { unreachable.isEmpty && !hasLosses }

  /// Whether something new was rejected, is in conflict, ends too early or has rows that were dropped.
  package var hasLosses: Bool { !rejected.isEmpty || !conflicts.isEmpty || !truncated.isEmpty || droppedRows > 0 }
}
