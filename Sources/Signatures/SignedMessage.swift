package import Verdict

/// A message as its signers saw it: the lines of its header, and its body with CRLF line ends (RFC 6376 §3.4, §5.3).
package struct SignedMessage: Sendable {
  /// The header.
  package let header: MessageHeader
  /// The body; nil if only the header is there.
  package let body: [UInt8]?

  /// The maximum number of bytes that are read. Few hosts accept larger messages.
  package static let mostBytes = 64 << 20

  /// Reads a message. Files often have LF line ends; they become CRLF.
  package init(_ bytes: [UInt8]) {
    header = MessageHeader(bytes)
    body = header.bodyStart.map { Self.withCRLF(bytes[$0...]) }
  }

  private static func withCRLF(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 40)
    var last: UInt8 = 0
    for byte in bytes {
      if byte == 0x0a, last != 0x0d { result.append(0x0d) }
      result.append(byte)
      last = byte
    }
    return result
  }
}
