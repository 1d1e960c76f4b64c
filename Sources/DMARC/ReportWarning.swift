/// Something in a report that was changed, assumed or dropped while it was read.
public struct ReportWarning: Sendable, Hashable {
  /// The kind of warning.
  public var code: Code
  /// The line of the XML, counted from 1; nil if the warning concerns the whole report.
  public var line: Int?
  /// What happened, with the reported text.
  public var message: String
  /// The limit that was exceeded; nil if none was, or if it cannot be raised.
  public var limit: Limits.Code?

  /// The maximum length of a message in bytes; a longer one is truncated.
  public static let messageLimit = 1_024

  /// Creates a warning.
  public init(_ code: Code, line: Int? = nil, _ message: String, limit: Limits.Code? = nil) {
    self.code = code
    self.line = line
    self.message = BoundedText.plain(message, limit: Self.messageLimit)
    self.limit = limit
  }

  /// The kinds of warnings. The raw values are stored and printed, so they never change.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case enumerationNormalised = "enum-normalised"
    case unknownValue = "unknown-value"
    case numberNormalised = "number-normalised"
    case countNotBelieved = "count-not-believed"
    case addressNormalised = "address-normalised"
    case rowDropped = "row-dropped"
    case unknownElement = "unknown-element"
    case elementRenamed = "element-renamed"
    case elementMisplaced = "element-misplaced"
    case repeatedElement = "repeated-element"
    case metadataAssumed = "metadata-assumed"
    case periodOdd = "period-odd"
    case noRecords = "no-records"
    case contradiction = "contradiction"
    case notEvaluated = "not-evaluated"
    case nameTooLong = "name-too-long"
    case trailingData = "trailing-data"
    case xmlRepaired = "xml-repaired"
    case encodingAssumed = "encoding-assumed"
    case truncated
    case textCut = "text-cut"
    case entriesLeftOut = "entries-left-out"
    case namesFolded = "names-folded"
    case senderDisagrees = "sender-disagrees"
    case senderUnusual = "sender-unusual"
    case furtherWarnings = "further-warnings"

    /// The kinds that mean that a part of the report was not stored. The input of such a report must be kept.
    public static let losingContent: Set<Code> = [
      .rowDropped, .repeatedElement, .truncated, .textCut, .entriesLeftOut, .namesFolded,
    ]

    /// Whether a part of the report was not stored.
    public var losesContent: Bool { Self.losingContent.contains(self) }
  }
}
