package import Settings

/// What a run reads, and how it cleans up afterwards.
package struct IngestRequest {
  /// Files and folders.
  package let paths: [String]
  /// Accounts on mail servers, each with its cleanup actions.
  package let accounts: [MailAccount]
  /// The cleanup of files.
  package let after: FileCleanup

  /// A request for files, folders and accounts.
  package init(paths: [String], accounts: [MailAccount], after: FileCleanup) {
    self.paths = paths
    self.accounts = accounts
    self.after = after
  }
}
