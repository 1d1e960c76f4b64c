import DMARC

/// A report that was read to its end, on its way into the database.
public struct IncomingReport: Sendable {
  /// Which report this is.
  public var identity: ReportIdentity
  /// Everything outside the records.
  public var head: ReportHead
  /// What was changed, assumed or dropped while reading.
  public var warnings: [ReportWarning]
  /// SHA-256 of the XML.
  public var sha256: [UInt8]
  /// Records kept.
  public var rows: Int
  /// Messages.
  public var messages: Int64
  /// Records left out, each with a warning.
  public var droppedRows: Int
  /// Whether the XML had to be mended.
  public var isRecovered: Bool
  /// Whether the report ended too early.
  public var isTruncated: Bool
  /// File, and member of the archive, for the note on a conflict.
  public var origin: String

  /// Whether anything that the input says of this report is not stored with it.
  public var isLossy: Bool { droppedRows > 0 }

  /// A report to be stored.
  public init(
    identity: ReportIdentity, head: ReportHead, warnings: [ReportWarning], sha256: [UInt8], rows: Int, messages: Int64,
    droppedRows: Int, isRecovered: Bool = false, isTruncated: Bool = false, origin: String
  ) {
    self.identity = identity
    self.head = head
    self.warnings = warnings
    self.sha256 = sha256
    self.rows = rows
    self.messages = messages
    self.droppedRows = droppedRows
    self.isRecovered = isRecovered
    self.isTruncated = isTruncated
    self.origin = origin
  }
}

/// What became of a report.
public enum StoringOutcome: Sendable, Hashable {
  /// It is new; the id of its row.
  case ingested(Int64)
  /// The same rows are stored already, or all of them and more if it was cut off.
  case duplicate(Int64)
  /// Other rows are stored under the same identity; those stay.
  case conflict(Int64)
}
