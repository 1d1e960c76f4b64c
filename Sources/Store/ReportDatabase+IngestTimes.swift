import DMARC
import GRDB

extension ReportDatabase {
  /// Seconds between two records of a program that watches its sources, so that it does not write all the time.
  private static let leastInterval: Int64 = 60
  private static let finished = "ingest.finished"
  private static let succeeded = "ingest.succeeded"

  /// Records that reports were looked for.
  /// - Parameters:
  ///   - now: epoch seconds.
  ///   - wasEverythingRead: whether every source could be read.
  /// - Throws: ``StoreError``.
  package func recordIngest(at now: Int64, wasEverythingRead: Bool) throws(StoreError) {
    let known = try ingestTimes()
    // A clock that was set back must not stop the record.
    func isRecent(_ time: Int64?) -> Bool {
      time.map { (0..<Self.leastInterval).contains(now.subtractingClamped($0)) } ?? false
    }
    guard !isRecent(known.finished) || (wasEverythingRead && !isRecent(known.succeeded)) else { return }
    try withFlows { store in
      try store.set(Self.finished, "\(now)")
      if wasEverythingRead { try store.set(Self.succeeded, "\(now)") }
    }
  }

  /// When reports were last looked for.
  /// - Throws: ``StoreError``.
  package func ingestTimes() throws(StoreError) -> IngestTimes { try read { try Self.ingestTimes($0) } }

  static func ingestTimes(_ db: Database) throws -> IngestTimes {
    func time(_ key: String) throws -> Int64? {
      try String.fetchOne(db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [key]).flatMap { Int64($0) }
    }
    return IngestTimes(finished: try time(finished), succeeded: try time(succeeded))
  }
}
