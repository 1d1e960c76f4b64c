/// How far an mbox file has been read, so that the next run can resume there.
public struct MboxPosition: Sendable, Hashable {
  /// The size of the file in bytes.
  public var size: Int64
  /// The byte offset of the last message, which may have been incomplete.
  public var lastMail: Int64
  /// A hash of the first bytes and of those before `size`, to detect whether the file has only grown since.
  public var fingerprint: [UInt8]

  /// Creates a position.
  public init(size: Int64, lastMail: Int64, fingerprint: [UInt8]) {
    self.size = size
    self.lastMail = lastMail
    self.fingerprint = fingerprint
  }
}
