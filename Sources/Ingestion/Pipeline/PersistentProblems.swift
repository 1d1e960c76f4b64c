import DMARC
import Foundation
import Settings
import Store

/// What a quiet run says about problems that last: a source that cannot be read is reported at its first occurrence, once a day, and
/// when it can be read again, so that a job that runs every hour does not send a mail every hour.
package struct PersistentProblems {
  /// What is to be said now.
  package private(set) var lines: [(location: String, text: String)] = []

  /// Takes in what a run has met.
  /// - Throws: ``StoreError``.
  package init(
    _ tally: IngestTally, _ paths: [String], _ accounts: [MailAccount], _ database: ReportDatabase, now: Int64
  )
    throws
  {
    let lasting = tally.omissions.filter { $0.code != IngestTally.passingOmission }
    let problems = (tally.unreachable + lasting).map { (problem: $0, location: Self.location($0, accounts)) }
    let seen = accounts.filter { !tally.uncheckedAccounts.contains($0.name) }
    let scopes = Set(
      paths.map { IngestTally.Problem.NoticeKey(source: $0, path: $0).scope } + seen.map { $0.notice("").scope })
    // What goes wrong at a server changes its face from run to run; what a person has to mend does not.
    let notices = problems.map { entry in
      let isPassing = ["unreachable", "throttled", "disconnected", "timeout"].contains(entry.problem.code)
      return Notice(
        scope: entry.location.scope, key: entry.location.key, code: isPassing ? "unreachable" : entry.problem.code,
        text: entry.problem.text)
    }
    let news = try database.updateNotices(notices, covering: scopes, now: now)
    let new = Set(news.new.map { IngestTally.Problem.NoticeKey(scope: $0.scope, key: $0.key) })
    let since = Dictionary(
      news.lasting.map { (IngestTally.Problem.NoticeKey(scope: $0.notice.scope, key: $0.notice.key), $0.since) }
    ) { first, _ in first }
    for (problem, location) in problems {
      if new.contains(location) {
        lines.append((problem.location, problem.text))
      } else if let since = since[location], problem.code != Self.omission {
        lines.append((problem.location, "\(problem.text) (since \(timestamp(since)))"))
      }
    }
    for ended in news.ended where ended.notice.code != Self.omission {
      let name = [String(ended.notice.scope.split(separator: " ", maxSplits: 1).last ?? ""), ended.notice.key]
      let shown = ended.notice.scope.hasPrefix("path ") && !name[1].isEmpty ? [name[1]] : name
      lines.append(
        (
          shown.filter { !$0.isEmpty }.joined(separator: ", "),
          "\(Self.ending(ended.notice.code)) since \(timestamp(ended.since)): \(ended.notice.text)"
        ))
    }
  }

  private static func ending(_ code: String) -> String {
    switch code {
    case "unreadable": "readable again; it had been unreadable"
    case "unreachable": "reachable again; it had been unreachable"
    default: "resolved; the problem had existed"
    }
  }

  private static let omission = "left-out"

  /// Problems of accounts name the account, and the mailbox behind a comma.
  private static func location(_ problem: IngestTally.Problem, _ accounts: [MailAccount])
    -> IngestTally.Problem.NoticeKey
  {
    if let location = problem.notice { return location }
    for account in accounts {
      if problem.location == account.name { return account.notice("") }
      if problem.location.hasPrefix(account.name + ", ") {
        return account.notice(String(problem.location.dropFirst(account.name.count + 2)))
      }
    }
    return .init(scope: "other", key: problem.location)
  }
}

extension MailAccount {
  /// Where a problem belongs among the notices.
  /// - Parameter key: what of the account has the problem; empty if it is the account as a whole.
  func notice(_ key: String) -> IngestTally.Problem.NoticeKey { .init(scope: "account \(name)", key: key) }
}
