import DMARC

/// An archive member that can be read more than once although the archive is read once: its bytes are kept as long as they are few.
///
/// Opening the archive again costs as much as all preceding members; for an archive of malformed members, that would be quadratic in its
/// length.
final class MemberReplay {
  private let live: ByteStream
  private var kept: Spool?
  private var keptCount: Int64 = 0
  private var snapshot: ByteSource?
  /// The number of bytes read from the archive.
  private var liveCount: Int64 = 0
  private var end: Result<Void, any Error>?
  private var keepsAll: Bool

  /// The maximum number of bytes that are kept of a member unless all of it is kept.
  private static let maxKeptBytes: Int64 = 1 << 20

  /// Creates a replay of a member.
  /// - Parameter keepsAll: whether all bytes are kept, in a temporary file if there are many.
  init(_ live: ByteStream, keepsAll: Bool) {
    self.live = live
    self.keepsAll = keepsAll
    kept = Spool()
  }

  /// The stream for the first reading.
  var stream: ByteStream { stream(from: 0) }

  /// A stream from the start after the first reading has begun; nil if too many bytes were read to be kept.
  func again() -> ByteStream? {
    guard kept != nil else { return nil }
    // From now on there may be two readers, and the slower one needs the bytes that the faster one has read.
    keepsAll = true
    return stream(from: 0)
  }

  private func stream(from start: Int64) -> ByteStream {
    var position = start
    return ByteStream { buffer in
      let count = try self.read(at: position, into: buffer)
      position += Int64(count)
      return count
    }
  }

  private func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if position < liveCount { return try readKept(at: position, into: buffer) }
    if let end {
      try end.get()
      return 0
    }
    let count: Int
    do { count = try live.read(buffer) } catch {
      end = .failure(error)
      throw error
    }
    if count == 0 { end = .success(()) }
    liveCount += Int64(count)
    try keep(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }

  private func keep(_ piece: UnsafeRawBufferPointer) throws {
    guard let kept else { return }
    if !keepsAll, liveCount > Self.maxKeptBytes {
      self.kept = nil
      return
    }
    try kept.append(piece)
    keptCount += Int64(piece.count)
  }

  private func readKept(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if snapshot?.count ?? 0 <= position { snapshot = try kept?.source() }
    guard let snapshot else { throw InputError(.unreadable, "an archive member cannot be read again") }
    return try snapshot.read(at: position, into: buffer)
  }
}
