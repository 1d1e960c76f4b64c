import Settings

/// What a run reads, and what becomes of it afterwards.
package struct IngestRequest {
  /// Files and folders.
  package let paths: [String]
  /// Accounts on mail servers; each says what becomes of its messages.
  package let accounts: [MailAccount]
  /// What becomes of files.
  package let after: FileCleanup

  /// A request for files, folders and accounts.
  package init(paths: [String], accounts: [MailAccount], after: FileCleanup) {
    self.paths = paths
    self.accounts = accounts
    self.after = after
  }
}
