import Glibc

/// Goes through the lines of a source without holding more than the start of each.
struct LineScan {
  /// A line, as far as it was kept.
  struct Line {
    /// Where it begins.
    var offset: Int64
    /// Its first bytes, without the line end; valid during the call.
    var start: Slice<UnsafeRawBufferPointer>
    /// Bytes of the whole line, its line end included.
    var length: Int64

    var isBlank: Bool { start.isEmpty || start.count == 1 && start.first == 0x0d }
  }

  /// Bytes of each line that are kept.
  static let kept = 2_048

  /// Hands over every line from `position` on, until `body` returns false.
  static func forEachLine(of source: ByteSource, from position: Int64 = 0, _ body: (Line) throws -> Bool) throws {
    let buffer = PieceBuffer(for: source.count - position)
    let held = UnsafeMutableRawBufferPointer.allocate(byteCount: kept, alignment: 16)
    defer { held.deallocate() }
    var heldCount = 0
    var lineStart = position
    var offset = position
    while true {
      let count = try source.read(at: offset, into: buffer.bytes)
      guard count > 0 else { break }
      let piece = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
      var index = 0
      while index < count {
        guard let found = piece.firstNewline(from: index) else {
          let more = min(kept - heldCount, count - index)
          if more > 0 {
            UnsafeMutableRawBufferPointer(rebasing: held[heldCount...]).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: piece[index..<index + more]))
            heldCount += more
          }
          break
        }
        let end = offset + Int64(found) + 1
        if heldCount > 0 {
          let more = min(kept - heldCount, found - index)
          UnsafeMutableRawBufferPointer(rebasing: held[heldCount...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: piece[index..<index + more]))
          let start = UnsafeRawBufferPointer(held)[..<(heldCount + more)]
          heldCount = 0
          guard try body(Line(offset: lineStart, start: start, length: end - lineStart)) else { return }
        } else {
          let start = piece[index..<min(found, index + kept)]
          guard try body(Line(offset: lineStart, start: start, length: end - lineStart)) else { return }
        }
        index = found + 1
        lineStart = end
      }
      offset += Int64(count)
    }
    if offset > lineStart {
      _ = try body(
        Line(offset: lineStart, start: UnsafeRawBufferPointer(held)[..<heldCount], length: offset - lineStart))
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The next line feed at or behind `index`.
  fileprivate func firstNewline(from index: Int) -> Int? {
    guard let base = baseAddress, let found = memchr(base + index, 0x0a, count - index) else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
