/// How far an mbox file was read, so that the next run goes on from there.
public struct MboxPosition: Sendable, Hashable {
  /// Bytes that the file had.
  public var size: Int64
  /// Where its last mail begins: it may not have been whole yet.
  public var lastMail: Int64
  /// Hash of the file's first bytes and of those before `size`: whether it is still the same file, only longer.
  public var fingerprint: [UInt8]

  /// A mark.
  public init(size: Int64, lastMail: Int64, fingerprint: [UInt8]) {
    self.size = size
    self.lastMail = lastMail
    self.fingerprint = fingerprint
  }
}
