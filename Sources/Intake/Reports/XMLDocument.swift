import DMARC

/// An XML document that may be a report, extracted from its containers.
struct XMLDocument {
  let origin: ReportOrigin
  /// What names and message headers say about the report in it.
  let hints: ReportHints
  /// The first bytes, which were read to detect the format; valid until the next read.
  let first: UnsafeRawBufferPointer
  /// The bytes after them.
  let rest: ByteStream
  /// Opens the document again from the start.
  let reopen: () throws -> ByteStream
  /// Counts one of several reports in the document.
  ///
  /// Throws an `InputError` if there are too many.
  let countReport: () throws -> Void

  /// Calls `body` with the bytes in pieces until they end or it returns false.
  /// - Throws: an `InputError` if the bytes are damaged or too many, and what `body` throws.
  func forEachPiece(_ buffer: PieceBuffer, _ body: (UnsafeRawBufferPointer) throws -> Bool) throws {
    if !first.isEmpty, try !body(first) { return }
    try Self.forEachPiece(of: rest, buffer, body)
  }

  /// Calls `body` with the bytes of a stream in pieces until they end or it returns false.
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
