/// Something in a report that was changed, assumed or dropped while reading it.
public struct ReportWarning: Sendable, Hashable {
  /// What happened, one of a closed set.
  public var code: Code
  /// Line of the XML, counted from 1; nil where it concerns the whole report.
  public var line: Int?
  /// A sentence with the reported text.
  public var message: String
  /// The limit that was exceeded, if one was and it can be raised.
  public var limit: Limits.Code?

  /// Bytes of a message; a longer one is cut.
  public static let messageLimit = 1_024

  /// A warning.
  public init(_ code: Code, line: Int? = nil, _ message: String, limit: Limits.Code? = nil) {
    self.code = code
    self.line = line
    self.message = BoundedText.plain(message, limit: Self.messageLimit)
    self.limit = limit
  }

  /// The kinds of warning. The raw values are a public face: stored, printed, never renamed.
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
    case trailingData = "trailing-data"
    case xmlRepaired = "xml-repaired"
    case encodingAssumed = "encoding-assumed"
    case truncated
    case textCut = "text-cut"
    case entriesLeftOut = "entries-left-out"
    case namesFolded = "names-folded"
    case senderDisagrees = "sender-disagrees"
    case furtherWarnings = "further-warnings"

    /// The kinds that say that something of the report is not in the store. A report with one of these does not stand for its input.
    public static let losingContent: Set<Code> = [
      .rowDropped, .repeatedElement, .truncated, .textCut, .entriesLeftOut, .namesFolded,
    ]

    /// Whether something of the report is not in the store.
    public var losesContent: Bool { Self.losingContent.contains(self) }
  }
}
