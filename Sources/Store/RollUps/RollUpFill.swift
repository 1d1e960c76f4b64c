import GRDB

/// Builds the roll-ups of a database that has records and no roll-ups, in steps that can be interrupted.
///
/// Two settings say how far it is: the roll-ups contain the reports up to the row id in `rollups.done`; those after `rollups.last` were
/// stored later. Without the settings, the roll-ups are complete. Nobody reads or writes reports before that.
enum RollUpFill {
  private static let done = "rollups.done"
  private static let last = "rollups.last"
  /// Reports in one transaction: a fraction of a second.
  private static let usualStep = 2_000

  /// Whether the roll-ups are complete.
  static func isComplete(_ db: Database) throws -> Bool {
    try String.fetchOne(db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [done]) == nil
  }

  /// Completes the roll-ups.
  /// - Parameters:
  ///   - step: reports in one transaction.
  ///   - progress: takes the completed share, 0 to 1. What it throws interrupts the work.
  static func run(
    _ queue: DatabaseQueue, step: Int = usualStep, progress: (Double) throws -> Void = { _ in }
  ) throws {
    while true {
      let share = try queue.writeWithoutTransaction { db in
        var share: Double?
        try db.inTransaction(.immediate) {
          share = try add(step, db)
          return .commit
        }
        return share
      }
      guard let share else { return }
      try progress(share)
    }
  }

  /// Adds the next reports; nil if none is left.
  private static func add(_ step: Int, _ db: Database) throws -> Double? {
    func number(_ key: String) throws -> Int64? {
      try String.fetchOne(db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [key]).flatMap { Int64($0) }
    }
    guard let before = try number(done), let last = try number(last) else {
      try db.execute(sql: "DELETE FROM setting WHERE key IN (?, ?)", arguments: [done, last])
      return nil
    }
    let reports = try Int64.fetchAll(
      db, sql: "SELECT id FROM report WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", arguments: [before, last, step])
    guard let newest = reports.last else {
      try db.execute(sql: "DELETE FROM setting WHERE key IN (?, ?)", arguments: [done, self.last])
      return nil
    }
    let rollUps = try RollUpWriter(db)
    for report in reports { rollUps.add(report) }
    try rollUps.flush()
    try db.execute(sql: "UPDATE setting SET value = ? WHERE key = ?", arguments: [String(newest), done])
    return Double(newest) / Double(max(last, 1))
  }

  /// Empties all roll-ups, so that ``run(_:progress:)`` builds them again.
  static func reset(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM flow_month; DELETE FROM domain_month; DELETE FROM report_month; DELETE FROM recipient;
        DELETE FROM report_group; UPDATE report SET group_id = NULL;
        \(kindsOfFlows)
        \(settings)
        """)
  }

  /// Gives each flow the kind of its outcome and verdict.
  static let kindsOfFlows = """
    DELETE FROM flow_kind;
    INSERT INTO flow_kind (dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition, verdict, subtype, confidence,
        unknown_ip, failed_signature)
      SELECT DISTINCT dmarc_pass, dkim_aligned, spf_aligned, evaluation, coalesce(disposition, ''), coalesce(verdict, ''),
        coalesce(subtype, ''), coalesce(confidence, ''), coalesce(unknown_ip, 0), \(FlowKind.failedSignature)
      FROM flow JOIN outcome ON outcome.id = outcome_id;
    UPDATE flow SET kind_id = (SELECT flow_kind.id FROM outcome JOIN flow_kind USING (dmarc_pass, dkim_aligned,
        spf_aligned, evaluation)
      WHERE outcome.id = flow.outcome_id AND flow_kind.disposition = coalesce(outcome.disposition, '')
        AND flow_kind.verdict = coalesce(flow.verdict, '') AND flow_kind.subtype = coalesce(flow.subtype, '')
        AND flow_kind.confidence = coalesce(flow.confidence, '') AND flow_kind.unknown_ip = coalesce(flow.unknown_ip, 0)
        AND failed_signature = \(FlowKind.failedSignature));
    """

  /// The settings before the first step.
  static let settings = """
    INSERT OR REPLACE INTO setting SELECT '\(last)', coalesce(max(id), 0) FROM report;
    INSERT OR REPLACE INTO setting VALUES ('\(done)', '0');
    """
}
