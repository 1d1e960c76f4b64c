/// Why an input or a report in it was rejected: a code, the cause in English, and a remedy.
///
/// The program that shows the error words the next step, because only it knows the names of its options.
public struct InputError: Error, Sendable, Hashable {
  /// The kind of cause.
  public let code: Code
  /// What is wrong, without the file name and without a final period.
  public let cause: String
  /// The line of the XML, counted from 1; nil if unknown.
  public let line: Int?
  /// The limit that was exceeded, if it can be raised; nil for other causes.
  public let limit: ExceededLimit?
  /// What the user can do about it.
  public let remedy: Remedy

  /// A limit of ``Limits`` that an input exceeds.
  public struct ExceededLimit: Sendable, Hashable {
    /// The limit.
    public let code: Limits.Code
    /// The value that was exceeded, in the unit of the limit.
    public let maximum: Int64
  }

  /// Creates an error; `remedy` defaults to the usual one for the code.
  public init(_ code: Code, _ cause: String, line: Int? = nil, remedy: Remedy? = nil) {
    self.init(code, cause, line, remedy ?? code.usualRemedy, nil)
  }

  /// An error for a limit that can be raised.
  /// - Parameter maximum: the value that was exceeded, in the unit of the limit.
  public static func limit(
    _ limit: Limits.Code, _ maximum: some BinaryInteger, _ cause: String, line: Int? = nil, remedy: Remedy = .raiseLimit
  ) -> InputError {
    InputError(.limit, cause, line, remedy, ExceededLimit(code: limit, maximum: Int64(clamping: maximum)))
  }

  /// Creates an error for a limit that cannot be raised.
  public init(fixedLimit cause: String, line: Int? = nil) {
    self.init(.limit, cause, line: line, remedy: .distrustSender)
  }

  private init(_ code: Code, _ cause: String, _ line: Int?, _ remedy: Remedy, _ limit: ExceededLimit?) {
    self.code = code
    self.cause = BoundedText.plain(cause, limit: ReportWarning.messageLimit)
    self.line = line
    self.limit = limit
    self.remedy = remedy
  }

  /// A file disappeared after it was found. It was moved or deleted, which is not an error of the run.
  public static let vanished = InputError(.unreadable, "it was moved or deleted before it could be read")

  /// An input is skipped because reading it has crashed the program.
  public static let quarantine = InputError(
    .quarantined, "it was not read, because the program ended abnormally while reading it")

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
    case unsupportedFormat = "unsupported-format"
    case missingReport = "missing-report"
    case limit
    case quarantined

    /// The usual remedy.
    public var usualRemedy: Remedy {
      switch self {
      case .unreadable: .checkAccess
      case .empty: .requestAgain
      case .notAReport, .wrongRoot: .keepApart
      case .malformedXML: .inspectXML
      case .documentType, .encrypted: .distrustSender
      case .incompleteReport: .requestWholeReport
      case .damagedContainer, .truncated: .fetchAgain
      case .quarantined: .inspectAndRetry
      case .unsupportedFormat: .unpackFirst
      case .missingReport: .checkGateway
      case .limit: .raiseLimit
      }
    }
  }

  /// What the user can do about an error.
  public enum Remedy: Sendable, Hashable, CaseIterable {
    /// Check that the file exists and may be read.
    case checkAccess
    /// Ask the sender for the report again.
    case requestAgain
    /// Keep other files separate from reports.
    case keepApart
    /// Inspect the XML; if the download damaged it, fetch it again.
    case inspectXML
    /// Inspect the XML; the reporter must send a complete report.
    case requestWholeReport
    /// Fetch the input again.
    case fetchAgain
    /// Distrust the sender: genuine reports are never like this.
    case distrustSender
    /// Decrypt the message, or ask for reports that are not encrypted.
    case decryptFirst
    /// Unpack the file, or ask for reports in a format of the standard.
    case unpackFirst
    /// Save the message as MIME, or forward it as an attachment in MIME.
    case saveAsMIME
    /// Join the parts of a message that was split.
    case joinParts
    /// Look for the attachment that a mail gateway removed or replaced.
    case checkGateway
    /// Inspect the input, then read it again.
    case inspectAndRetry
    /// Raise the limit, if the sender is trusted.
    case raiseLimit
    /// Raise the limit if the stream is finite, or store it as a file first.
    case boundStream
    /// Write the content of a special file to standard input.
    case pipeContent
    /// Name a file, folder or pipe instead of a device.
    case nameFile
    /// Raise this process's limit on open files (EMFILE).
    case raiseOpenFiles
    /// Close files of other processes (ENFILE).
    case closeOtherFiles
    /// Free memory, or raise this process's limit on it (ENOMEM).
    case freeMemory
    /// Check the disk (EIO).
    case checkDisk
    /// Free disk space for temporary files.
    case freeTemporarySpace
  }
}
