import DMARC
import Foundation
package import Settings
package import Store

/// The reports of a quiet run about persistent problems. A source that cannot be read is reported when the problem
/// first occurs, once a day, and when it can be read again, so that an hourly job does not send an email every hour.
package struct PersistentProblems {
  /// The lines to print now.
  package private(set) var lines: [(location: String, text: String)] = []

  /// Records the problems of a run.
  /// - Throws: ``StoreError``.
  package init(
    _ tally: IngestTally, _ paths: [String], _ accounts: [MailAccount], _ database: ReportDatabase, now: Int64
  )
    throws
  {
    let persistentOmissions = tally.omissions.filter { $0.code != IngestTally.passingOmission }
    let problems = (tally.unreachable + persistentOmissions).map { (problem: $0, location: $0.key(in: accounts)) }
    let seen = accounts.filter { !tally.uncheckedAccounts.contains($0.name) }
    let scopes = Set(
      paths.map { IngestTally.Problem.NoticeKey(source: $0, path: $0).scope } + seen.map { $0.notice("").scope })
    let notices = problems.map { $0.problem.asNotice($0.location) }
    let changes = try database.updateNotices(notices, covering: scopes, now: now)
    let new = Set(changes.new.map { IngestTally.Problem.NoticeKey(scope: $0.scope, key: $0.key) })
    let since = Dictionary(
      changes.lasting.map { (IngestTally.Problem.NoticeKey(scope: $0.notice.scope, key: $0.notice.key), $0.since) }
    ) { first, _ in first }
    for (problem, location) in problems {
      if new.contains(location) {
        lines.append((problem.location, problem.text))
      } else if let since = since[location], problem.code != Self.omission {
        lines.append((problem.location, "\(problem.text) (since \(timestamp(since)))"))
      }
    }
    for ended in changes.ended where ended.notice.code != Self.omission {
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
}

extension IngestTally.Problem {
  /// The key of a problem. Problems of accounts have the location `ACCOUNT` or `ACCOUNT, MAILBOX`.
  func key(in accounts: [MailAccount]) -> NoticeKey { notice ?? Self.key(of: location, accounts) }

  /// The key of the location of a problem.
  static func key(of location: String, _ accounts: [MailAccount]) -> NoticeKey {
    for account in accounts {
      if location == account.name { return account.notice("") }
      if location.hasPrefix(account.name + ", ") {
        return account.notice(String(location.dropFirst(account.name.count + 2)))
      }
    }
    return NoticeKey(scope: "other", key: location)
  }

  /// The problem as a notice. Transient server errors vary from run to run; problems that the user has to fix do not.
  func asNotice(_ key: NoticeKey) -> Notice {
    let isPassing = ["unreachable", "throttled", "disconnected", "timeout"].contains(code)
    return Notice(scope: key.scope, key: key.key, code: isPassing ? "unreachable" : code, text: text)
  }
}

extension MailAccount {
  /// The key of a problem among the notices.
  /// - Parameter key: the part of the account with the problem; empty for the account as a whole.
  func notice(_ key: String) -> IngestTally.Problem.NoticeKey { .init(scope: "account \(name)", key: key) }
}
