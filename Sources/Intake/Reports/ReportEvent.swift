public import DMARC
public import ReportXML

/// What a reader finds in an input, in order.
public enum ReportEvent: Sendable {
  /// A batch of rows of a long report. Before the next report, its end, a rejection or a restart follows.
  case rows(PartialReport)
  /// The current long report is damaged; it is sent again from its start, repaired.
  case restarted
  /// A report was read to its end.
  case report(ReadReport)
  /// A report or the whole input was rejected.
  case rejected(ReportOrigin, InputError)
  /// The input or one of its messages is not a report; `kind` describes what it is.
  case notAReport(ReportOrigin, kind: String)
  /// The next message of an mbox file begins at this byte offset.
  case mail(at: Int64)
  /// An mbox file is read from this byte offset on; the messages before it were read earlier.
  case resumed(at: Int64)
  /// An mbox file was read to its end.
  case mboxEnd(MboxPosition)
}

/// A batch of rows of a long report.
public struct PartialReport: Sendable {
  /// Where it was found.
  public var origin: ReportOrigin
  /// Its head, complete as far as it identifies the report.
  public var head: ReportHead
  /// The identity of the report, or why it cannot be determined; the same in all batches and at the end.
  public var identity: Result<ResolvedIdentity, InputError>
  /// The rows.
  public var rows: RecordBatch
}

/// A report that was read to its end, with the rows that were not part of a ``PartialReport``.
public struct ReadReport: Sendable {
  /// Where it was found.
  public var origin: ReportOrigin
  /// The identity of the report, or why it cannot be determined.
  public var identity: Result<ResolvedIdentity, InputError>
  /// The head, the warnings and the sums.
  public var tail: ReportTail
  /// The rows that were not part of an earlier event.
  public var lastRows: RecordBatch
  /// The SHA-256 hash of the XML.
  public var sha256: [UInt8]
  /// The SHA-256 hash of the XML with LF line ends and without a byte order mark: the same for copies from different mail stores.
  public var plainSHA256: [UInt8]
  /// Whether the XML was repaired.
  public var isRecovered = false
  /// Whether the report is truncated, so that rows may be missing.
  public var isTruncated = false

  /// The approximate size of its texts in bytes: its memory besides its rows.
  var weight: Int {
    let metadata = tail.head.metadata
    let texts =
      [metadata.orgName, metadata.reportID, metadata.extraContactInfo, tail.head.extensionXML] + metadata.errors
    return texts.reduce(lastRows.textBytes * 4 + origin.weight) { $0 + ($1?.utf8.count ?? 0) }
      + tail.warnings.reduce(0) { $0 + 60 + $1.message.utf8.count }
  }
}

extension ReportEvent {
  /// The number of rows in the event.
  public var rowCount: Int {
    switch self {
    case .rows(let part): part.rows.rows.count
    case .report(let report): report.lastRows.rows.count
    default: 0
    }
  }

  /// The approximate size of its texts in bytes: its memory besides its rows.
  public var weight: Int {
    switch self {
    case .report(let report): report.weight
    case .rejected(let origin, let error): error.cause.utf8.count + origin.weight
    default: 0
    }
  }
}
