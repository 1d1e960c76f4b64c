import Intake

/// How a run processes messages.
struct FetchRules: Sendable {
  /// Change nothing, neither in the database nor on servers.
  var isDryRun = false
  /// Read messages that were rejected before again.
  var retriesRejected = false
  /// Maximum bytes of one message.
  var maxBytes: Int64
  /// The journal of earlier crashes; nil if none is kept.
  var journal: ReadingJournal?
  /// Whether only messages that may have crashed a run are read, one at a time; otherwise all but these are read.
  var readsSuspects = false
  /// Collects the accounts that have such messages.
  var suspects: SuspectSources?
  /// Path of the file in which mailboxes are locked; nil for no locks.
  var lockFile: String?
  /// Whether the database is still at its path, where the next run will look for it.
  var isDatabaseInPlace: @Sendable () -> Bool = { true }
}
