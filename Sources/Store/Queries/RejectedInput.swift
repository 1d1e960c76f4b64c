/// An input, or one member of an archive, that was rejected and has not been read successfully since.
public struct RejectedInput: Sendable, Hashable {
  /// Path of the file.
  public var path: String
  /// Name within the archive; nil for the file itself.
  public var member: String?
  /// The kind of cause.
  public var code: String
  /// The cause.
  public var cause: String
  /// Line of the XML, counted from 1; nil if unknown.
  public var line: Int?
  /// The next step.
  public var nextStep: String
  /// When it was last read, epoch seconds.
  public var triedAt: Int64
}
