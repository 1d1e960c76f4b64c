package import Settings
package import Store

/// The problems that last while a run watches its sources. They are stored as notices, so that alerts and metrics know of them.
package struct WatchedProblems {
  private let paths: [String]
  private let accounts: [MailAccount]
  private var standing: [IngestTally.Problem.NoticeKey: Notice] = [:]
  /// Where a mailbox, a file or a folder was read, or could not be. What an earlier run has stored about others stays.
  private var scopes: Set<String> = []

  /// Creates a record of sources that nothing is known about yet.
  package init(_ paths: [String], _ accounts: [MailAccount]) { (self.paths, self.accounts) = (paths, accounts) }

  /// Takes in what a batch says, and stores what has changed.
  /// - Parameter now: epoch seconds.
  /// - Throws: ``StoreError``.
  package mutating func update(_ tally: IngestTally, _ database: ReportDatabase, now: Int64) throws(StoreError) {
    guard tally.problemsOfPaths != nil || !tally.reached.isEmpty || !tally.unreachable.isEmpty else { return }
    for location in tally.reached {
      let key = IngestTally.Problem.key(of: location, accounts)
      standing[key] = nil
      scopes.insert(key.scope)
    }
    if let problems = tally.problemsOfPaths {
      let own = Set(paths.map { IngestTally.Problem.NoticeKey(source: $0, path: $0).scope })
      scopes.formUnion(own)
      for key in standing.keys where own.contains(key.scope) { standing[key] = nil }
      for problem in problems { add(problem) }
    }
    for problem in tally.unreachable { add(problem) }
    _ = try database.updateNotices(
      standing.values.sorted { ($0.scope, $0.key) < ($1.scope, $1.key) }, covering: scopes, now: now)
  }

  private mutating func add(_ problem: IngestTally.Problem) {
    let key = problem.key(in: accounts)
    standing[key] = problem.asNotice(key)
    scopes.insert(key.scope)
  }
}
