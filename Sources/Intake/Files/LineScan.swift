import Glibc

/// Iterates over the lines of a source, keeping only the start of each.
struct LineScan {
  /// A line, truncated to the part that is kept.
  struct Line {
    /// Its byte offset.
    var offset: Int64
    /// Its first bytes, without the line end; valid during the call.
    var start: Slice<UnsafeRawBufferPointer>
    /// The length of the whole line in bytes, including its line end.
    var length: Int64

    var isBlank: Bool { start.isEmpty || start.count == 1 && start.first == 0x0d }
  }

  /// The number of bytes of each line that are kept.
  static let kept = 2_048

  /// Calls `body` with every line from `position` on, until it returns false.
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
  /// The position of the next line feed at or after `index`; nil if there is none.
  fileprivate func firstNewline(from index: Int) -> Int? {
    guard let base = baseAddress, let found = memchr(base + index, 0x0a, count - index) else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
