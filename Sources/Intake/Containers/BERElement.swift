import DMARC

/// The header of an element in BER (X.690 §8.1): its tag and the position of its content.
struct BERElement {
  /// The first octet: class, constructed bit and tag number.
  let tag: UInt8
  /// Where the content starts, as an offset in the source.
  let start: Int64
  /// Where the content ends; nil if an end-of-contents element ends it.
  let end: Int64?

  var isConstructed: Bool { tag & 0x20 != 0 }
  /// The element that ends an element of indefinite length.
  var isEndOfContents: Bool { tag == 0 && end == start }
}

/// Walks over elements in BER, of which DER is a subset. It keeps a position and never recurses.
struct BERWalk {
  private let source: ByteSource
  private(set) var position: Int64 = 0
  private var steps = 0
  /// The maximum number of elements. A signed message has a few hundred, or one for each kilobyte if it was written as a stream.
  private static let stepLimit = 500_000

  init(_ source: ByteSource) { self.source = source }

  /// Reads the header at the position and moves to its content.
  /// - Throws: `InputError` if there is none.
  mutating func enter() throws -> BERElement {
    steps += 1
    guard steps <= Self.stepLimit else {
      throw InputError(fixedLimit: "the S/MIME structure has more than \(Self.stepLimit) elements")
    }
    let header = try source.bytes(at: position, 10)
    guard header.count >= 2, header[0] & 0x1f != 0x1f else { throw Self.damage }
    let (tag, first) = (header[0], header[1])
    if first < 0x80 { return move(tag, headerLength: 2, length: Int64(first)) }
    let octets = Int(first & 0x7f)
    if octets == 0 {
      guard tag & 0x20 != 0 else { throw Self.damage }
      position = position.addingClamped(2)
      return BERElement(tag: tag, start: position, end: nil)
    }
    guard octets <= 8, header.count >= 2 + octets else { throw Self.damage }
    let length = header[2..<2 + octets].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return move(tag, headerLength: Int64(2 + octets), length: Int64(clamping: length))
  }

  private mutating func move(_ tag: UInt8, headerLength: Int64, length: Int64) -> BERElement {
    position = position.addingClamped(headerLength)
    return BERElement(tag: tag, start: position, end: position.addingClamped(length))
  }

  /// Reads the header of an element that must have this tag.
  mutating func enter(tag: UInt8) throws -> BERElement {
    let element = try enter()
    guard element.tag == tag else { throw Self.damage }
    return element
  }

  /// Moves behind the element at the position.
  mutating func skip() throws { try leave(try enter()) }

  /// Moves behind an element whose content starts at the position.
  mutating func leave(_ element: BERElement) throws {
    if let end = element.end {
      position = end
      return
    }
    var open = 1
    while open > 0 {
      let inner = try enter()
      if inner.isEndOfContents {
        open -= 1
      } else if let end = inner.end {
        position = end
      } else {
        open += 1
      }
    }
  }

  static let damage = InputError(.damagedContainer, "the S/MIME structure is damaged")
}

extension ByteSource {
  /// At most `length` bytes from a position on; fewer at the end.
  func bytes(at position: Int64, _ length: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    let count = try bytes.withUnsafeMutableBytes { try read(at: position, into: $0) }
    return count == length ? bytes : Array(bytes.prefix(count))
  }
}
