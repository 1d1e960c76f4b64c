import DMARC

/// How the mails of an mbox file are gone through, if not all of them in their order.
public struct MboxTraversal {
  /// Whether the mail that begins at this byte is read after all others.
  public let isLeftForLast: (Int64) -> Bool
  /// Called before each mail, with the byte that it begins at, whether it was left for last, and what tells it from other mails.
  /// What it returns is told in place of what the mail holds.
  public let willRead: (Int64, Bool, () throws -> UInt64) throws -> InputError?

  /// A way to go through mails.
  public init(
    isLeftForLast: @escaping (Int64) -> Bool,
    willRead: @escaping (Int64, Bool, () throws -> UInt64) throws -> InputError?
  ) {
    self.isLeftForLast = isLeftForLast
    self.willRead = willRead
  }

  /// FNV-1a of the first bytes of a mail.
  static func fingerprint(_ mail: ByteSource) throws -> UInt64 {
    try mail.prefix(1_024).reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
