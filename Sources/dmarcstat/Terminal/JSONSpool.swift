import DMARC
import Intake

/// JSON text that is held back until what belongs before it is known.
struct JSONSpool {
  private let spool = Spool()

  /// Takes what was written so far.
  /// - Throws: a ``InputError`` if the temporary file cannot be written.
  func take(_ json: inout JSONText) throws {
    try spool.append(json.bytes)
    json.removeAll()
  }

  /// Hands over everything in pieces.
  /// - Throws: a ``InputError`` if the temporary file cannot be read.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws { try spool.forEachPiece(body) }
}
