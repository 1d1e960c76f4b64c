import ArgumentParser
import IMAP

/// What a run of `ingest` is to read, and what becomes of it, from command line and configuration.
struct IngestRequest {
  /// Files and folders.
  let paths: [String]
  let accounts: [MailAccount]
  /// What becomes of files.
  let after: FileCleanup

  /// - Throws: a ``CommandError`` or a `ValidationError` that says what does not fit.
  init(
    _ sources: [String], _ names: [String], _ options: MailboxOptions, after: String?, _ configuration: Configuration
  ) throws {
    var paths = sources.filter { !MailURL.isOne($0) }
    var accounts = try sources.filter(MailURL.isOne).map { try options.account($0, configuration) }
    accounts += try names.map { try configuration.account(named: $0) }
    if sources.isEmpty, names.isEmpty {
      paths = configuration.sources
      accounts = configuration.accounts
    }
    guard !paths.contains(where: ArgumentSecrets.isURLWithPassword) else { throw MailURL.passwordInURL }
    guard !paths.isEmpty || !accounts.isEmpty else {
      throw ValidationError(
        "Name files, folders or mailboxes to read, or `sources` or `accounts` in the configuration.")
    }
    self.paths = paths
    guard let after else {
      self.accounts = accounts
      self.after = configuration.after
      return
    }
    if !paths.isEmpty, !accounts.isEmpty, after.hasPrefix("move:") {
      throw ValidationError(
        "--after \(after) does not say whether it means a folder for files or one for mail: read them one after the other."
      )
    }
    guard let forMail = MessageAction(after) else { throw Self.unknown(after, "keep, seen, delete or move:FOLDER") }
    self.accounts = accounts.map { account in
      var account = account
      account.after = forMail
      return account
    }
    if paths.isEmpty {
      self.after = .keep
    } else {
      guard let forFiles = FileCleanup(argument: after) else {
        throw Self.unknown(after, "keep, delete or move:FOLDER")
      }
      self.after = try forFiles.expandingHome()
    }
  }

  private static func unknown(_ text: String, _ known: String) -> ValidationError {
    ValidationError("--after \"\(text)\" is none of \(known).")
  }
}

extension Configuration {
  /// - Throws: a ``CommandError`` that names those that there are.
  func account(named name: String) throws -> MailAccount {
    if let account = accounts.first(where: { $0.name == name }) { return account }
    let known = accounts.isEmpty ? "there are none" : accounts.map(\.name).joined(separator: ", ")
    throw CommandError.usage("there is no account \"\(name)\" in the configuration (\(known))")
  }
}
