import DMARC
import Foundation
import Glibc
import IMAP
import Ingestion
import Intake
import ReportXML
import Settings

/// Whether reports can be read from a source, found out without storing or changing anything.
enum SourceTrial {
  /// What a trial of files and folders found.
  enum Outcome {
    /// A report was read: the file, the reporter and the domain.
    case report(file: String, reporter: String, domain: String)
    /// There are files, but no report in the first of them.
    case noReport(files: Int)
    /// There are no files.
    case empty
    /// The source cannot be read.
    case failed(path: String, cause: String)
  }

  /// The most files that are read, the newest ones.
  private static let mostFiles = 200
  /// Seconds after which no further file is read.
  private static let mostSeconds = 10.0

  private struct Found: Error {
    let outcome: Outcome
  }

  /// Reads the newest files of a source until one has a report.
  static func read(_ path: String, _ limits: Limits) throws -> Outcome {
    let walk = DirectoryWalk([path])
    if walk.files.isEmpty {
      return walk.problems.first.map { .failed(path: $0.path, cause: $0.cause.explanation) } ?? .empty
    }
    let reading = ReportReader(limits: limits)
    let end = Deadline.instant(after: mostSeconds)
    var failure: Outcome?
    for file in walk.files.sorted(by: { $0.modified > $1.modified }).prefix(mostFiles) where !file.isStream {
      guard ContinuousClock.now < end else { break }
      do {
        try reading.read(file) { event in
          if case .report(let report) = event {
            let head = report.tail.head
            throw Found(
              outcome: .report(
                file: file.shown, reporter: head.metadata.orgName ?? "?", domain: head.policy.domain ?? "?"))
          }
          if case .rejected(let origin, let why) = event, why.code == .unreadable, failure == nil {
            failure = .failed(path: file.shown + (origin.member.map { "#\($0)" } ?? ""), cause: why.explanation)
          }
        }
      } catch let found as Found {
        return found.outcome
      }
    }
    return failure ?? .noReport(files: walk.files.count)
  }

  /// Seconds that a trial of an account may take.
  static let accountSeconds = 60.0

  /// Logs in and opens the mailboxes of an account.
  /// - Parameter output: takes the lines of the check.
  /// - Returns: whether `ingest` would work.
  static func read(_ account: MailAccount, output: @escaping @Sendable (AccountCheck.Line) -> Void) -> Bool {
    let stop = Deadline(seconds: accountSeconds)
    let signals = GracefulTermination(stop)
    defer { signals.stop() }
    return AccountCheck(account, stop, output: output).run()
  }
}
