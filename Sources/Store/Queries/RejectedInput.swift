/// An input, or one member of an archive, that was rejected and has not been read successfully since.
package struct RejectedInput: Sendable, Hashable {
  /// Path of the file.
  package var path: String
  /// Name within the archive; nil for the file itself.
  package var member: String?
  /// The kind of cause.
  package var code: String
  /// The cause.
  package var cause: String
  /// Line of the XML, counted from 1; nil if unknown.
  package var line: Int?
  /// The next step.
  package var nextStep: String
  /// When it was last read, epoch seconds.
  package var triedAt: Int64
}
