import DMARC
import Intake
import Settings
import Store

/// The counts and problems of an `ingest` run.
package struct IngestTally: Sendable {
  /// Number of files.
  package var inputs = 0
  /// Number of these that were new and were read.
  package var filesRead = 0
  /// Number of mailboxes that were opened.
  package var mailboxes = 0
  /// Number of messages that were fetched from servers.
  package var fetchedMessages = 0
  /// Number of inputs that were already in the ledger.
  package var known = 0
  /// Number of these that were rejected earlier.
  package var knownRejected = 0
  /// Number of reports that were stored.
  package var newReports = 0
  /// Number of reports that were already stored with the same rows.
  package var duplicates = 0
  /// Number of reports that a rule of `dmarcstat ignore` left out.
  package var ignored = 0
  /// Reports that conflict with a stored one.
  package var conflicts: [Problem] = []
  /// New reports that did not come from the usual sender of their reporter.
  package var doubtful: [Problem] = []
  /// Inputs and reports that were rejected.
  package var rejected: [Problem] = []
  /// Sources that could not be read at all.
  package var unreachable: [Problem] = []
  /// Mailboxes that a watching run could read, for the first time or again, as `ACCOUNT, MAILBOX`.
  var reached: Set<String> = []
  /// All problems of files and folders at the last scan of a watching run; nil if there was none.
  var problemsOfPaths: [Problem]?
  /// Names of accounts with a mailbox that was not checked.
  var uncheckedAccounts: Set<String> = []
  /// Inputs that were skipped or not cleaned up, possibly unexpectedly; reported once.
  package var omissions: [Problem] = []
  /// The code of a temporary omission, which quiet runs and services do not report.
  static let passingOmission = "left-out-for-now"
  /// Number of files and folders whose names begin with a dot.
  package var hiddenNames = 0
  /// Number of files that disappeared before they could be read.
  package var vanished = 0
  /// Number of files and messages that are not reports, by kind.
  package var others: [String: Int] = [:]
  /// Number of files and messages that were cleaned up after they were stored.
  package var cleanedUp = 0
  /// Number of new reports whose XML was repaired.
  package var recovered = 0
  /// The new reports that are truncated.
  package var truncated: [Problem] = []
  /// Number of rows of the new reports.
  package var rows = 0
  /// Number of rows read so far, including those of reports that are not stored.
  package var rowsSeen = 0
  /// Number of messages that the new reports count.
  package var messages: Int64 = 0
  /// Number of warnings about the new reports.
  package var warnings = 0
  /// Number of rows of the new reports that were dropped.
  package var droppedRows = 0
  /// Duration of the run in seconds.
  package var seconds = 0.0

  /// A problem that needs the user's attention.
  package struct Problem: Sendable {
    /// The file and member of the archive, or the account and mailbox.
    package var location: String
    /// A stable code of the cause.
    package var code: String
    /// The cause and the next step.
    package var text: String
    /// Its key among the notices of persistent problems; nil for an account, which is identified by the location.
    var notice: NoticeKey?

    /// The scope and key of a ``Notice``.
    struct NoticeKey: Sendable, Hashable {
      var scope, key: String

      /// A key from its parts.
      init(scope: String, key: String) {
        self.scope = scope
        self.key = key
      }

      /// The key of a file or folder below a source.
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
    for warning in report.warnings where warning.code == .senderUnusual {
      doubtful.append(Problem(location: report.origin, code: warning.code.rawValue, text: warning.message))
    }
    guard report.isTruncated else { return }
    let text =
      "the report ends too early; \(report.rows == 1 ? "1 complete row was" : "\(report.rows) complete rows were") stored: "
      + "fetch it again, and a complete copy will replace it"
    truncated.append(Problem(location: report.origin, code: "truncated", text: text))
  }

  /// Records the result of cleaning up a file.
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

  /// Whether there is nothing to report.
  package var isEmpty: Bool {
    filesRead == 0 && fetchedMessages == 0 && cleanedUp == 0 && omissions.isEmpty && isComplete
  }

  /// Whether every source could be read, and nothing new was rejected, dropped or truncated.
  var isComplete: Bool { unreachable.isEmpty && !hasLosses }

  /// Whether something new was rejected, is in conflict, is truncated or has dropped rows.
  package var hasLosses: Bool { !rejected.isEmpty || !conflicts.isEmpty || !truncated.isEmpty || droppedRows > 0 }
}
