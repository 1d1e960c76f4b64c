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
  /// The message that it came in, if it came by mail.
  public var mail: IncomingMessage?
  /// Name of the organisation that it came from; nil if that is unknown.
  public var sendingOrganisation: String?

  /// Whether anything that the input says of this report is not stored with it.
  public var isLossy: Bool { hasOtherLoss || droppedRows > 0 }

  /// Whether something is lost that the end of a report that was cut off does not account for: nobody can say what it was, so the
  /// report cannot be a copy of one with other bytes.
  var hasUnknownLoss: Bool {
    guard isLossy else { return false }
    return !isTruncated || droppedRows > 0 || warnings.contains { $0.code.hidesContent }
  }

  /// Whether anything but records was left out.
  private let hasOtherLoss: Bool

  /// A report to be stored.
  public init(
    identity: ReportIdentity, head: ReportHead, warnings: [ReportWarning], sha256: [UInt8], rows: Int, messages: Int64,
    droppedRows: Int, isRecovered: Bool = false, isTruncated: Bool = false, isLossy: Bool = false, origin: String,
    mail: IncomingMessage? = nil, sendingOrganisation: String? = nil
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
    hasOtherLoss = isLossy
    self.origin = origin
    self.mail = mail
    self.sendingOrganisation = sendingOrganisation
  }
}

/// The message that a report came in, with what was concluded from its header.
public struct IncomingMessage: Sendable {
  /// What the header says.
  public var header: ReportMessage
  /// Whether report and message name the same organisation.
  public var agreement: SenderAgreement
  /// The domain of the author's organisation that a trusted host authenticated; nil if there is none.
  public var authenticatedDomain: DomainName?
  /// Whether it bears a signature that claims to be of the author's organisation.
  public var isSigned: Bool

  /// A message with its conclusions.
  /// - Parameter organisation: the organisational domain of a name; nil if it has none.
  public init(_ header: ReportMessage, _ metadata: ReportMetadata, _ organisation: (DomainName) -> DomainName?) {
    self.header = header
    agreement = SenderAgreement(header, metadata, organisation)
    authenticatedDomain = header.authenticatedDomain(organisation)
    let author = header.organisation(organisation)
    isSigned = author != nil && header.signatureDomains.contains { (organisation($0) ?? $0) == author }
  }
}

/// What became of a report.
public enum StoringOutcome: Sendable, Hashable {
  /// It is new; the id of its row.
  case ingested(Int64)
  /// The same rows are stored already, or all of them and more if it was cut off.
  case duplicate(Int64)
  /// Other rows are stored under the same identity, or one of the two has lost content, so that nobody can say; what is stored stays.
  case conflict(Int64)
}
