import DMARC
import Intake

/// JSON text that is buffered in a temporary file until the text that precedes it is known.
struct JSONSpool {
  private let spool = Spool()

  /// Moves the text written so far to the spool.
  /// - Throws: a ``InputError`` if the temporary file cannot be written.
  func take(_ json: inout JSONText) throws {
    try spool.append(json.bytes)
    json.removeAll()
  }

  /// Passes the whole text to a closure, in pieces.
  /// - Throws: a ``InputError`` if the temporary file cannot be read.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws { try spool.forEachPiece(body) }
}
