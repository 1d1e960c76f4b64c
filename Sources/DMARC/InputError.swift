/// Why an input or one report in it could not be taken, in words that name the cause and the next step.
public struct InputError: Error, Sendable, Hashable {
  /// The kind of cause, one of a closed set.
  public let code: Code
  /// What is wrong, without the file name and without a full stop.
  public let cause: String
  /// Line of the XML, counted from 1, where known.
  public let line: Int?
  /// What a person can do about it.
  public let nextStep: String

  /// A rejection; `nextStep` defaults to the advice that fits the code.
  public init(_ code: Code, _ cause: String, line: Int? = nil, nextStep: String? = nil) {
    self.code = code
    self.cause = BoundedText.plain(cause, limit: ReportWarning.messageLimit)
    self.line = line
    self.nextStep = nextStep ?? code.usualNextStep
  }

  /// A rejection for a limit that no option raises.
  public init(fixedLimit cause: String, line: Int? = nil) {
    self.init(.limit, cause, line: line, nextStep: "no genuine report comes near this; treat the sender with suspicion")
  }

  /// For a file that was there a moment ago: somebody has moved or deleted it, which is no fault.
  public static let vanished = InputError(.unreadable, "it was moved or deleted before it could be read")

  /// A rejection for what runs have died of.
  public static let quarantine = InputError(
    .quarantined, "it was not read, because the program ended abnormally while reading it")

  /// `cause (line N): next step`, to be put behind the file's name.
  public var explanation: String {
    "\(cause)\(line.map { " (line \($0))" } ?? ""): \(nextStep)"
  }

  /// The kinds of cause. The raw values are stored and printed, never renamed.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case unreadable
    case empty
    case notAReport = "not-a-report"
    case malformedXML = "malformed-xml"
    case wrongRoot = "wrong-root"
    case documentType = "document-type"
    case incompleteReport = "incomplete-report"
    case damagedContainer = "damaged-container"
    case truncated
    case encrypted
    case limit
    case quarantined

    var usualNextStep: String {
      switch self {
      case .unreadable: "check that it exists and that you may read it, then run again"
      case .empty: "ask the sender for the report again, or delete the file"
      case .notAReport, .wrongRoot: "delete it, or keep such files out of this folder"
      case .malformedXML: "look at it with `dmarcstat lint`; if the download broke it, fetch it again"
      case .documentType: "no genuine report has a DOCTYPE; treat the sender with suspicion"
      case .incompleteReport: "look at it with `dmarcstat lint`; the reporter has to send a whole report"
      case .damagedContainer, .truncated: "fetch it again; if it stays so, the sender has damaged it"
      case .encrypted: "no genuine report is encrypted; treat the sender with suspicion"
      case .quarantined: "look at it, and read it again with `dmarcstat ingest --retry`"
      case .limit: "raise the limit with the option named if you trust the sender"
      }
    }
  }
}
