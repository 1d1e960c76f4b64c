import GRDB

/// Deletes reports with all that belongs to them, within a transaction of the caller. Every report that goes away goes through here,
/// except in a migration.
enum ReportDeletion {
  /// Deletes reports with their records, warnings and messages. Unknown row ids are ignored.
  ///
  /// The ledger forgets which report was in an input, but not the input. What the reports referred to stays until ``sweep(_:)``.
  static func delete(_ reports: [Int64], _ db: Database, _ rollUps: RollUpWriter) throws {
    try db.execute(sql: freed)
    for report in reports { try rollUps.remove(report) }
    let list = SQL.list(reports)
    let notingFlows: SQL = "INSERT OR IGNORE INTO temp.freed_flow SELECT flow_id FROM record WHERE report_id IN \(list)"
    let notingReporters: SQL =
      "INSERT OR IGNORE INTO temp.freed_reporter SELECT reporter_id FROM report WHERE id IN \(list)"
    let deleting: SQL = "DELETE FROM report WHERE id IN \(list)"
    for statement in [notingFlows, notingReporters, deleting] { try db.execute(literal: statement) }
  }

  /// Deletes the flows, sources, outcomes and reporters that only reports deleted on this connection referred to. What this costs depends
  /// on these reports, not on what is stored. Names of domains and policies are left to ``UnusedNames``.
  static func sweep(_ db: Database, _ rollUps: RollUpWriter) throws {
    // The roll-ups find the flows of what was deleted by their row ids.
    try rollUps.flush()
    try db.execute(sql: freed + sweeping)
  }

  // The lists are tables, not sets, so that a rollback of the caller applies to them too.
  private static let freed = """
    CREATE TEMP TABLE IF NOT EXISTS freed_flow (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS freed_source (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS freed_outcome (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS freed_reporter (id INTEGER PRIMARY KEY);
    """

  private static let sweeping = """
    DELETE FROM temp.freed_flow WHERE EXISTS (SELECT * FROM record WHERE flow_id = freed_flow.id);
    INSERT OR IGNORE INTO temp.freed_source SELECT source_id FROM flow WHERE id IN (SELECT id FROM temp.freed_flow);
    INSERT OR IGNORE INTO temp.freed_outcome SELECT outcome_id FROM flow WHERE id IN (SELECT id FROM temp.freed_flow);
    DELETE FROM flow WHERE id IN (SELECT id FROM temp.freed_flow);
    DELETE FROM source WHERE id IN (SELECT id FROM temp.freed_source)
      AND NOT EXISTS (SELECT * FROM flow WHERE source_id = source.id);
    DELETE FROM outcome WHERE id IN (SELECT id FROM temp.freed_outcome)
      AND NOT EXISTS (SELECT * FROM flow WHERE outcome_id = outcome.id);
    DELETE FROM reporter WHERE id IN (SELECT id FROM temp.freed_reporter)
      AND NOT EXISTS (SELECT * FROM report WHERE reporter_id = reporter.id);
    DELETE FROM temp.freed_flow;
    DELETE FROM temp.freed_source;
    DELETE FROM temp.freed_outcome;
    DELETE FROM temp.freed_reporter;
    """
}
