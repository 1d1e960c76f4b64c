import DMARC

extension MboxPosition {
  private static let sampleLength: Int64 = 4_096

  /// The position at the end of a source.
  init(_ source: ByteSource, lastMail: Int64) throws {
    self.init(size: source.count, lastMail: lastMail, fingerprint: try Self.fingerprint(source, upTo: source.count))
  }

  private static func fingerprint(_ source: ByteSource, upTo size: Int64) throws -> [UInt8] {
    var hash = ContentHash()
    let length = min(sampleLength, size)
    for start in [0, size - length] {
      let sample = try source.part(start..<start + length).prefix(Int(sampleLength))
      sample.withUnsafeBytes { hash.update($0) }
    }
    return hash.finish()
  }

  /// The byte offset at which to resume in the current file; 0 if it is a different file.
  func resumption(in source: ByteSource) throws -> Int64 {
    guard size > 0, source.count >= size, try Self.fingerprint(source, upTo: size) == fingerprint else { return 0 }
    if source.count == size { return size }
    // A new message directly after the old end means that the last one was complete.
    let next = try source.part(size..<size.addingClamped(64)).prefix(64).drop { $0 == 0x0a || $0 == 0x0d }
    return next.starts(with: Array("From ".utf8)) ? size : lastMail
  }
}
