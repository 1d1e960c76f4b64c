import DMARC
import GRDB

/// An input, or one member of an archive, that was rejected and has not been read successfully since.
public struct RejectedInput: Sendable, Hashable {
  /// Path of the file.
  public var path: String
  /// Name within the archive; nil for the file itself.
  public var member: String?
  /// The kind of cause.
  public var code: String
  /// What is wrong.
  public var cause: String
  /// Line of the XML, counted from 1; nil if unknown.
  public var line: Int?
  /// What can be done about it.
  public var nextStep: String
  /// When it was last read, epoch seconds.
  public var triedAt: Int64
}

extension ReportDatabase {
  /// Rejected inputs, newest first.
  /// - Throws: ``StoreError``.
  public func rejects(limit: Int?) throws(StoreError) -> [RejectedInput] {
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
