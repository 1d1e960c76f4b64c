public import DMARC

/// How to iterate over the messages of an mbox file, if not simply in order.
public struct MboxTraversal {
  /// Whether the message at a byte offset is read after all others.
  public let isLeftForLast: (Int64) -> Bool
  /// Called before each message with its byte offset, whether it was left for last, and its fingerprint. An error that it returns is
  /// reported instead of the contents of the message.
  public let willRead: (Int64, Bool, () throws -> UInt64) throws -> InputError?
  /// Reads the messages that are not left for last; nil if the thread that finds them reads them.
  package var division: MessageDivision?

  /// Creates a traversal.
  public init(
    isLeftForLast: @escaping (Int64) -> Bool,
    willRead: @escaping (Int64, Bool, () throws -> UInt64) throws -> InputError?
  ) {
    self.isLeftForLast = isLeftForLast
    self.willRead = willRead
  }

  /// The FNV-1a hash of the first bytes of a message.
  static func fingerprint(_ mail: ByteSource) throws -> UInt64 {
    try mail.prefix(1_024).reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
