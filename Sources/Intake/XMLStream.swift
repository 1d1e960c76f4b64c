import DMARC

/// What an input may still inflate to; shared by all members of an archive.
final class InflationBudget {
  private let limits: Limits
  private var inflated: Int64 = 0

  init(_ limits: Limits) { self.limits = limits }

  func spend(_ count: Int, compressedBytes: Int64?) throws(Rejection) {
    inflated += Int64(count)
    if inflated > limits.inflatedBytes {
      throw Rejection(.limit, "it inflates to more than \(limits.inflatedBytes) bytes (--max-inflated-bytes)")
    }
    guard let compressedBytes, inflated > Limits.ratioGrace else { return }
    if inflated / max(1, compressedBytes) > limits.ratio {
      throw Rejection(.limit, "it inflates to more than \(limits.ratio) times its size (--max-ratio)")
    }
  }
}

/// Room for one piece of XML, used again for every report that a thread reads.
final class PieceBuffer {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ByteStream.pieceSize, alignment: 16)

  deinit { bytes.deallocate() }
}

/// The XML of one report, taken out of whatever it came in.
enum XMLStream {
  case plain(ByteStream)
  case gzip(GzipStream)
  case zip(ZipArchive)

  private var bytes: ByteStream {
    switch self {
    case .plain(let stream): stream
    case .gzip(let gzip): gzip.stream
    case .zip(let archive): archive.stream
    }
  }

  private var compressedBytes: Int64? {
    switch self {
    case .plain: nil
    case .gzip(let gzip): gzip.compressedBytes
    case .zip(let archive): archive.compressedBytes
    }
  }

  /// Whether bytes behind the compressed data were left alone; known at the end.
  var hasTrailingBytes: Bool {
    if case .gzip(let gzip) = self { return gzip.hasTrailingBytes }
    return false
  }

  /// Hands over the bytes piece by piece until they end or `body` returns false.
  /// - Throws: a ``Rejection`` where they are no XML, damaged, or too many; and what `body` throws.
  func forEachPiece(
    budget: InflationBudget, _ piece: PieceBuffer, _ body: (UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    let (bytes, buffer) = (bytes, piece.bytes)
    var isFirst = true
    while true {
      let count = try bytes.read(buffer)
      guard count > 0 else { break }
      try budget.spend(count, compressedBytes: compressedBytes)
      var piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      if isFirst {
        try Self.checkIsXML(piece)
        piece = Self.withoutLeadingBlanks(piece)
        isFirst = piece.isEmpty
      }
      if !piece.isEmpty, try !body(piece) { return }
    }
    if isFirst { throw Rejection(.empty, "it is empty") }
  }

  private static func checkIsXML(_ piece: UnsafeRawBufferPointer) throws(Rejection) {
    switch Content(prefix: piece.prefix(Content.prefixLength)) {
    case .xml, .empty: return
    case .gzip, .zip: throw Rejection(.nestedContainer, "it holds a container inside a container")
    case .other(let kind): throw Rejection(.notAReport, "what it holds is \(kind), not XML")
    }
  }

  /// Blanks before the XML declaration are common and harmless, but not well-formed (XML 1.0 §2.8).
  private static func withoutLeadingBlanks(_ piece: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let start = piece.firstIndex { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } ?? piece.count
    return UnsafeRawBufferPointer(rebasing: piece[start...])
  }
}
