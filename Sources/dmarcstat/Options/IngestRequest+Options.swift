import ArgumentParser
import Ingestion
import Settings

extension IngestRequest {
  /// What the command line asks for, with the configuration where it says nothing.
  /// - Throws: ``SettingsError`` or a `ValidationError` that says what does not fit.
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
    guard let after else {
      self.init(paths: paths, accounts: accounts, after: configuration.after)
      return
    }
    if !paths.isEmpty, !accounts.isEmpty, after.hasPrefix("move:") {
      throw ValidationError(
        "--after \(after) could mean a folder for files or a mailbox: ingest files and mailboxes in separate runs."
      )
    }
    guard let forMail = MessageAction(after) else { throw Self.unknown(after, "keep, seen, delete or move:FOLDER") }
    for index in accounts.indices { accounts[index].after = forMail }
    self.init(paths: paths, accounts: accounts, after: paths.isEmpty ? .keep : try Self.cleanup(after))
  }

  private static func cleanup(_ text: String) throws -> FileCleanup {
    guard let cleanup = FileCleanup(text) else { throw unknown(text, "keep, delete or move:FOLDER") }
    return try cleanup.expandingHome()
  }

  private static func unknown(_ text: String, _ known: String) -> ValidationError {
    ValidationError("--after \"\(text)\" is not valid: use \(known).")
  }
}
