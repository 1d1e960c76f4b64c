package import DMARC

/// A report that was read to its end, to be stored.
package struct IncomingReport: Sendable {
  /// The identity of the report.
  package var identity: ReportIdentity
  /// Everything outside the records.
  package var head: ReportHead
  /// Warnings about what was changed, assumed or dropped while reading.
  package var warnings: [ReportWarning]
  /// SHA-256 of the XML.
  package var sha256: [UInt8]
  /// SHA-256 of the XML with LF line ends and without a byte order mark.
  var plainSHA256: [UInt8]
  /// The same; nil if it equals ``sha256``.
  var differingPlainHash: [UInt8]? { plainSHA256 == sha256 ? nil : plainSHA256 }
  /// Records kept.
  package var rows: Int
  /// Messages.
  package var messages: Int64
  /// Records left out, each with a warning.
  package var droppedRows: Int
  /// Whether the XML was repaired.
  package var isRecovered: Bool
  /// Whether the report is truncated.
  package var isTruncated: Bool
  /// The file and the member of the archive, for the description of a conflict.
  package var origin: String
  /// The message that contained it; nil if it did not arrive by email.
  package var mail: IncomingMessage?
  /// Name of the organisation that it came from; nil if that is unknown.
  package var sendingOrganisation: String?
  /// Whether its period is possible.
  package var isPeriodPossible: Bool

  /// Whether any content of the report is not stored with it.
  package var isLossy: Bool { hasOtherLoss || droppedRows > 0 }

  /// Whether content was lost other than by truncation. It is unknown what it was, so the report cannot be recognised as a copy of one
  /// with other bytes.
  var hasUnknownLoss: Bool {
    guard isLossy else { return false }
    return !isTruncated || droppedRows > 0 || warnings.contains { $0.code.hidesContent }
  }

  /// Whether anything but records was left out.
  private let hasOtherLoss: Bool

  /// Creates a report to be stored.
  package init(
    identity: ReportIdentity, head: ReportHead, warnings: [ReportWarning], sha256: [UInt8],
    plainSHA256: [UInt8]? = nil, rows: Int, messages: Int64, droppedRows: Int, isRecovered: Bool = false,
    isTruncated: Bool = false, isLossy: Bool = false, origin: String,
    mail: IncomingMessage? = nil, sendingOrganisation: String? = nil, isPeriodPossible: Bool = true
  ) {
    self.identity = identity
    self.head = head
    self.warnings = warnings
    self.sha256 = sha256
    self.plainSHA256 = plainSHA256 ?? sha256
    self.rows = rows
    self.messages = messages
    self.droppedRows = droppedRows
    self.isRecovered = isRecovered
    self.isTruncated = isTruncated
    hasOtherLoss = isLossy
    self.origin = origin
    self.mail = mail
    self.sendingOrganisation = sendingOrganisation
    self.isPeriodPossible = isPeriodPossible
  }
}

/// The message with a report, and the conclusions from its header.
package struct IncomingMessage: Sendable {
  /// What the header says.
  package var header: ReportMessage
  /// Whether report and message name the same organisation.
  package var agreement: SenderAgreement
  /// The domain of the author's organisation that a trusted host authenticated; nil if there is none.
  package var authenticatedDomain: DomainName?
  /// Whether it has a signature in the name of the author's organisation.
  package var isSigned: Bool

  /// Creates a message with its conclusions.
  /// - Parameter organisation: the organisational domain of a name; nil if it has none.
  package init(_ header: ReportMessage, _ metadata: ReportMetadata, _ organisation: (DomainName) -> DomainName?) {
    self.header = header
    agreement = SenderAgreement(header, metadata, organisation)
    authenticatedDomain = header.authenticatedDomain(organisation)
    let author = header.organisation(organisation)
    isSigned = author != nil && header.signatureDomains.contains { (organisation($0) ?? $0) == author }
  }
}

/// The result of storing a report.
package enum StoringOutcome: Sendable, Hashable {
  /// It is new and has this row id.
  case ingested(Int64)
  /// The same rows are stored already; for a truncated report, all of its rows and more.
  case duplicate(Int64)
  /// Different rows are stored under the same identity, or it cannot be determined because one of the reports has lost content. The stored
  /// report is kept.
  case conflict(Int64)
  /// It was removed or is ignored, now or before; with its row in `set_aside`, and since when, epoch seconds.
  case setAside(Int64, SetAsideKind, since: Int64)
}
