import DMARC

/// The XML of what may be a report, taken out of whatever it came in.
struct XMLDocument {
  let origin: ReportOrigin
  /// What names and mail headers say of the report in it.
  let hints: ReportHints
  /// Its first bytes, which have been read already; valid until the next read.
  let first: UnsafeRawBufferPointer
  /// What comes behind them.
  let rest: ByteStream
  /// Reads it again from the start.
  let reopen: () throws -> ByteStream
  /// Takes account of one of several reports in it.
  let countReport: () throws -> Void

  /// Hands over the bytes piece by piece until they end or `body` returns false.
  /// - Throws: a `InputError` where they are damaged or too many; and what `body` throws.
  func forEachPiece(_ buffer: PieceBuffer, _ body: (UnsafeRawBufferPointer) throws -> Bool) throws {
    if !first.isEmpty, try !body(first) { return }
    try Self.forEachPiece(of: rest, buffer, body)
  }

  static func forEachPiece(
    of stream: ByteStream, _ buffer: PieceBuffer, _ body: (UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    while true {
      let count = try stream.read(buffer.bytes)
      guard count > 0 else { return }
      if try !body(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])) { return }
    }
  }
}
