import DMARC

/// Finds the messages of an mbox file (RFC 4155): each begins with a line that starts with `From `.
struct MboxReader {
  /// The position of a message without its `From ` line.
  struct Message: Sendable, Equatable {
    /// The byte offset of the `From ` line.
    var offset: Int64
    var content: Range<Int64>
  }

  private static let separator = Array("From ".utf8)

  /// Calls `body` with every message from `position` on.
  static func forEachMessage(of source: ByteSource, from position: Int64, _ body: (Message) throws -> Void) throws {
    var open: (offset: Int64, start: Int64)?
    // A `From ` line that only the next line can distinguish from text.
    var doubtful: (offset: Int64, end: Int64)?
    var wasBlank = true
    func close(at end: Int64) throws {
      if let open { try body(Message(offset: open.offset, content: open.start..<end)) }
      open = nil
    }
    try LineScan.forEachLine(of: source, from: position) { line in
      if let pending = doubtful {
        doubtful = nil
        if HeaderText.fieldName(line.start) != nil {
          try close(at: pending.offset)
          open = (pending.offset, pending.end)
        }
      }
      if line.start.first == separator[0], line.start.starts(with: separator) {
        let end = line.offset + line.length
        // A blank line before it and a date mean a separator. With only one of the two, the next line must start a header.
        switch (wasBlank, HeaderText.hasDate(line.start)) {
        case (true, true):
          try close(at: line.offset)
          open = (line.offset, end)
        case (false, false): break
        default: doubtful = (line.offset, end)
        }
      }
      wasBlank = line.isBlank
      return true
    }
    try close(at: source.count)
  }
}
