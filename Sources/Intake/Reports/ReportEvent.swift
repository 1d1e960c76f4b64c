import DMARC
import ReportXML

/// What reading an input brings, in order.
public enum ReportEvent: Sendable {
  /// Rows of a long report, as soon as there are enough of them. Its end, a rejection or a restart follows before another report begins.
  case rows(PartialReport)
  /// The long report at hand has turned out to be damaged; it comes again from its start, mended.
  case restarted
  /// A report was read to its end.
  case report(ReadReport)
  /// One report, or the whole input, could not be taken.
  case rejected(ReportOrigin, InputError)
  /// The input, or one mail of it, is something else than a report; a few words on what.
  case notAReport(ReportOrigin, kind: String)
  /// The next mail of an mbox file begins at this byte.
  case mail(at: Int64)
  /// An mbox file is read from this byte on: what is before it was read earlier.
  case resumed(at: Int64)
  /// An mbox file was read to its end.
  case mailboxEnd(MboxPosition)
}

/// Some rows of a long report.
public struct PartialReport: Sendable {
  /// Where it was found.
  public var origin: ReportOrigin
  /// Its head, complete as far as it identifies the report.
  public var head: ReportHead
  /// Which report it is, or why that cannot be told; the same with all its rows and at its end.
  public var identity: Result<ResolvedIdentity, InputError>
  /// The rows.
  public var rows: RecordBatch
}

/// A report that was read to its end, with the rows that no ``PartialReport`` has brought.
public struct ReadReport: Sendable {
  /// Where it was found.
  public var origin: ReportOrigin
  /// Which report it is, or why that cannot be told.
  public var identity: Result<ResolvedIdentity, InputError>
  /// Head, warnings and sums.
  public var tail: ReportTail
  /// Rows that no event has brought yet.
  public var lastRows: RecordBatch
  /// SHA-256 of the XML.
  public var sha256: [UInt8]
  /// Whether the XML had to be mended.
  public var isRecovered = false
  /// Whether the report ended too early, so that rows may be missing.
  public var isTruncated = false

  /// Bytes of the texts in it, roughly: what it weighs in memory besides its rows.
  var weight: Int {
    let metadata = tail.head.metadata
    let texts =
      [metadata.orgName, metadata.reportID, metadata.extraContactInfo, tail.head.extensionXML] + metadata.errors
    return texts.reduce(lastRows.textBytes * 4 + origin.weight) { $0 + ($1?.utf8.count ?? 0) }
      + tail.warnings.reduce(0) { $0 + 60 + $1.message.utf8.count }
  }
}

extension ReportEvent {
  /// How many rows it brings.
  public var rowCount: Int {
    switch self {
    case .rows(let part): part.rows.rows.count
    case .report(let report): report.lastRows.rows.count
    default: 0
    }
  }

  /// Bytes of the texts in it, roughly: what it weighs in memory besides its rows.
  public var weight: Int {
    switch self {
    case .report(let report): report.weight
    case .rejected(let origin, let why): why.cause.utf8.count + origin.weight
    default: 0
    }
  }
}
