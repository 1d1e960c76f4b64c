import DMARC
import ReportXML

/// What reading an input brings, in order.
public enum ReportEvent {
  /// Rows of a long report, as soon as enough have gathered. The head is complete as far as it identifies the report.
  case rows(RecordBatch, head: ReportHead, ReportOrigin)
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

/// A report read to its end, with the rows that no ``ReportEvent/rows(_:head:_:)`` brought.
public struct ReadReport: Sendable {
  /// Where it was found.
  public var origin: ReportOrigin
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

  /// Bytes of the texts in it, roughly: what it weighs in memory beside its rows.
  public var weight: Int {
    let metadata = tail.head.metadata
    let texts =
      [metadata.orgName, metadata.reportID, metadata.extraContactInfo, tail.head.extensionXML] + metadata.errors
    return texts.reduce(lastRows.textBytes * 4 + origin.weight) { $0 + ($1?.utf8.count ?? 0) }
      + tail.warnings.reduce(0) { $0 + 60 + $1.message.utf8.count }
  }
}
