import Foundation
import Glibc
import IMAP
import Ingestion
import Intake
import Settings
import Synchronization

/// Files, folders and mailboxes with reports.
extension Doctor {
  mutating func checkSources() {
    if configuration.sources.isEmpty, configuration.accounts.isEmpty {
      findings.add(.sources, "", database == nil ? .warning : .cannotTell, "source-none")
    }
    for path in configuration.sources { checkSource(path) }
    if !configuration.sources.isEmpty { checkCleanup() }
  }

  private mutating func checkSource(_ path: String) {
    let outcome: SourceTrial.Outcome
    do { outcome = try SourceTrial.read(path, configuration.limits) } catch {
      return findings.add(
        .sources, path, .error, "source-unreadable",
        ["path": path, "cause": CommandError(error)?.message ?? "\(error)"])
    }
    switch outcome {
    case .report(let file, let reporter, let domain):
      findings.add(
        .sources, path, .ok, "source-ok",
        [
          "file": file.hasPrefix(path) ? String(file.dropFirst(path.count)) : file, "reporter": reporter,
          "domain": domain,
        ])
    case .noReport(let files): findings.add(.sources, path, .warning, "source-no-report", ["count": "\(files)"])
    case .empty: findings.add(.sources, path, .ok, "source-empty")
    case .failed(let place, let cause):
      findings.add(.sources, path, .error, "source-unreadable", ["path": place, "cause": cause])
    }
  }

  /// Whether files can be moved or deleted as `after` says.
  private mutating func checkCleanup() {
    let folders = configuration.sources.filter { path in
      var status = stat()
      return stat(PathText.native(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
    switch configuration.after {
    case .keep: return
    case .move(let folder):
      let nearest = FileRights.nearestFolder(folder)
      if !FileRights.mayWrite(nearest) {
        findings.add(.sources, folder, .error, "after-folder", ["folder": nearest])
      }
      fallthrough
    case .delete:
      for folder in folders where !FileRights.mayWrite(folder) {
        findings.add(.sources, folder, .error, "after-source", ["after": "\(configuration.after)"])
      }
    }
  }

  mutating func checkAccounts() {
    for account in configuration.accounts { checkAccount(account) }
  }

  private mutating func checkAccount(_ account: MailAccount) {
    let lines = Mutex<[AccountCheck.Line]>([])
    let isReadable = SourceTrial.read(account) { line in lines.withLock { $0.append(line) } }
    let found = lines.withLock(\.self)
    for line in found {
      let text = line.subject.isEmpty ? line.text : "\(line.subject): \(line.text)"
      switch line.kind {
      case .failure: findings.add(.accounts, account.name, .error, "account-failed", ["cause": text])
      case .note: findings.add(.accounts, account.name, .warning, "account-note", ["cause": text])
      case .heading, .ok, .conclusion: break
      }
    }
    guard isReadable else { return }
    let told: Set = ["mailbox", "stored", "rejected", "no report"]
    let facts = found.filter { $0.kind == .ok && told.contains($0.subject) }.map { "\($0.subject): \($0.text)" }
    findings.add(
      .accounts, account.name, .ok, "account-ok",
      ["user": account.user, "server": account.endpoint.host, "facts": facts.joined(separator: "; ")])
  }
}
