import Glibc

/// Two hashes of a report's XML: of its bytes, and of the same bytes with LF line ends and without a byte order mark (XML 1.0 §2.11). The
/// second one is equal for copies of one attachment from different mail stores.
///
/// For XML without CR and byte order mark the two are the same, and only one is computed.
struct ReportHash {
  private var exact = ContentHash()
  /// The hash of the changed bytes, from the first byte on that differs.
  private var plain: ContentHash?
  private var isAtStart = true
  /// Whether an ASCII character is one byte. In UTF-16 the bytes of a line end may be parts of other characters.
  private var isBytewise = true
  private var hasPendingReturn = false

  private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]
  private static let (lineFeed, carriageReturn): (UInt8, UInt8) = (0x0a, 0x0d)

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    if isAtStart, !bytes.isEmpty {
      isAtStart = false
      isBytewise = !bytes.prefix(4).contains(0) && bytes[0] < 0xfe
      if bytes.starts(with: Self.mark) {
        plain = exact
        rest = rest.dropFirst(Self.mark.count)
      }
    }
    if isBytewise { updatePlain(rest) }
    exact.update(bytes)
  }

  private mutating func updatePlain(_ bytes: Slice<UnsafeRawBufferPointer>) {
    guard plain != nil || firstReturn(bytes) != nil else { return }
    var rest = bytes
    var hash = plain ?? exact
    func add(_ part: Slice<UnsafeRawBufferPointer>) { hash.update(UnsafeRawBufferPointer(rebasing: part)) }
    if hasPendingReturn, let first = rest.first {
      hasPendingReturn = false
      if first != Self.lineFeed { addReturn(&hash) }
    }
    while let index = firstReturn(rest) {
      add(rest[..<index])
      let next = rest.index(after: index)
      if next == rest.endIndex {
        hasPendingReturn = true
      } else if rest[next] != Self.lineFeed {
        addReturn(&hash)
      }
      rest = rest[next...]
    }
    add(rest)
    plain = hash
  }

  private func firstReturn(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard let base = bytes.base.baseAddress, !bytes.isEmpty else { return nil }
    guard let found = memchr(base + bytes.startIndex, Int32(truncatingIfNeeded: Self.carriageReturn), bytes.count)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private func addReturn(_ hash: inout ContentHash) {
    withUnsafeBytes(of: Self.carriageReturn) { hash.update($0) }
  }

  /// Ends the computation and returns both hashes, of 32 bytes each.
  mutating func finish() -> (exact: [UInt8], plain: [UInt8]) {
    let exact = exact.finish()
    guard isBytewise, var plain else { return (exact, exact) }
    if hasPendingReturn { addReturn(&plain) }
    return (exact, plain.finish())
  }
}
