import DMARC

/// The content inside an opaque-signed or compressed S/MIME object (RFC 5652 §5, RFC 3274).
///
/// Signatures are not verified: the extracted content is only as trustworthy as the message around it.
struct CMSContent {
  /// The type of an S/MIME object, as its first bytes say.
  enum Kind: Equatable {
    /// The content can be read without a key.
    case signed, compressed, digested
    /// Only the recipient's key opens it.
    case encrypted
    /// A type that has no readable content for us, such as authenticated data.
    case other

    /// Detects an S/MIME object; nil for anything else.
    init?(prefix bytes: [UInt8]) {
      guard bytes.count > 16, bytes[0] == 0x30 else { return nil }
      let lengthOctets = bytes[1] > 0x80 ? Int(bytes[1] & 0x7f) : 0
      guard lengthOctets <= 8, bytes.count > 2 + lengthOctets + 16 else { return nil }
      let rest = bytes[(2 + lengthOctets)...]
      guard rest.first == 0x06, let length = rest.dropFirst().first, length < 16 else { return nil }
      let name = Array(rest.dropFirst(2).prefix(Int(length)))
      // RFC 5652: pkcs-7, and the content types of pkcs-9.
      if name.count == 9, name.starts(with: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07]) {
        switch name[8] {
        case 2: self = .signed
        case 3, 4, 6: self = .encrypted
        case 5: self = .digested
        default: return nil
        }
        return
      }
      guard name.count == 11, name.starts(with: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01]) else {
        return nil
      }
      self = name[10] == 9 ? .compressed : name[10] == 23 ? .encrypted : .other
    }
  }

  private let source: ByteSource
  /// The pieces of the content in order; the encoder may split it (BER).
  private let pieces: [Range<Int64>]
  /// The maximum number of pieces. Encoders write pieces of a kilobyte or more.
  private static let pieceLimit = 200_000
  private static let depthLimit = 8

  /// Finds the content; nil if there is none, as in a detached signature.
  /// - Throws: `InputError` if the structure is damaged.
  init?(_ source: ByteSource) throws {
    self.source = source
    var walk = BERWalk(source)
    _ = try walk.enter(tag: 0x30)
    try walk.skip()
    _ = try walk.enter(tag: 0xa0)
    _ = try walk.enter(tag: 0x30)
    // The version, then the algorithms of the digests or of the compression.
    try walk.skip()
    try walk.skip()
    let encapsulated = try walk.enter(tag: 0x30)
    try walk.skip()
    if let end = encapsulated.end, walk.position >= end { return nil }
    let explicit = try walk.enter()
    guard explicit.tag == 0xa0 else { return nil }
    pieces = try Self.pieces(&walk)
  }

  private static func pieces(_ walk: inout BERWalk) throws -> [Range<Int64>] {
    var pieces: [Range<Int64>] = []
    var open: [BERElement] = []
    repeat {
      if let last = open.last, let end = last.end, walk.position >= end {
        open.removeLast()
        continue
      }
      let element = try walk.enter()
      if element.isEndOfContents, open.last?.end == nil, !open.isEmpty {
        open.removeLast()
      } else if element.tag == 0x24 {
        guard open.count < depthLimit else { throw BERWalk.damage }
        open.append(element)
      } else if element.tag == 0x04, let end = element.end {
        guard pieces.count < pieceLimit else {
          throw InputError(fixedLimit: "the S/MIME content has more than \(pieceLimit) pieces")
        }
        if end > element.start { pieces.append(element.start..<end) }
        try walk.leave(element)
      } else {
        throw BERWalk.damage
      }
    } while !open.isEmpty
    return pieces
  }

  /// The content. A truncated object delivers what there is, and then throws.
  var stream: ByteStream {
    var index = 0
    var offset = pieces.first?.lowerBound ?? 0
    return ByteStream { buffer in
      while index < self.pieces.count {
        let end = self.pieces[index].upperBound
        if offset < end {
          let room = Int(min(Int64(buffer.count), end - offset))
          let count = try self.source.read(
            at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
          guard count > 0 else { throw InputError(.truncated, "the S/MIME content is truncated") }
          offset += Int64(count)
          return count
        }
        index += 1
        if index < self.pieces.count { offset = self.pieces[index].lowerBound }
      }
      return 0
    }
  }
}
