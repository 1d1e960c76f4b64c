import GRDB

/// How many rows lists have in all, for those that show only the first.
extension ReportDatabase {
  /// The number of reports that were set aside.
  /// - Throws: ``StoreError``.
  package func count(_ kind: SetAsideKind) throws(StoreError) -> Int64 {
    try count("SELECT count(*) FROM set_aside WHERE kind = \(kind.rawValue)")
  }

  /// The number of decisions about reports.
  /// - Throws: ``StoreError``.
  package func countDecisions() throws(StoreError) -> Int64 { try count("SELECT count(*) FROM decision") }

  /// The number of rejected inputs.
  /// - Throws: ``StoreError``.
  package func countRejects() throws(StoreError) -> Int64 {
    try count("SELECT count(*) FROM input_item WHERE outcome = 'rejected'")
  }

  /// The number of conflicts; of undecided ones unless `isAll` is true.
  /// - Throws: ``StoreError``.
  package func countConflicts(all isAll: Bool) throws(StoreError) -> Int64 {
    try count(isAll ? "SELECT count(*) FROM conflict" : "SELECT count(*) FROM conflict WHERE decision IS NULL")
  }

  private func count(_ request: SQLRequest<Int64>) throws(StoreError) -> Int64 {
    try read { try request.fetchOne($0) ?? 0 }
  }
}
