import DMARC
import GRDB

extension ReportDatabase {
  /// Rejected inputs, newest first.
  /// - Throws: ``StoreError``.
  package func rejects(limit: Int?) throws(StoreError) -> [RejectedInput] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT path, member, code, cause, line, next_step, tried_at FROM input_item
          JOIN input ON input.id = input_id WHERE outcome = 'rejected'
          ORDER BY tried_at DESC, path, ordinal LIMIT ?
          """, arguments: [limit ?? -1]
      ).map {
        RejectedInput(
          path: $0["path"], member: $0["member"], code: $0["code"], cause: $0["cause"], line: $0["line"],
          nextStep: $0["next_step"], triedAt: $0["tried_at"])
      }
    }
  }
}
