import DMARC

/// A member of an archive that can be read more than once, though the archive is read only once: what comes is kept while it is short.
///
/// Opening the archive again would cost as much as all members before, and for an archive of bad members that adds up to the square of its length.
final class MemberReplay {
  private let live: ByteStream
  private var kept: Spool?
  private var keptCount: Int64 = 0
  private var snapshot: ByteSource?
  /// Bytes that have come from the archive.
  private var liveCount: Int64 = 0
  private var end: Result<Void, any Error>?
  private var keepsAll: Bool

  /// Bytes that are kept of a member that need not be kept whole.
  private static let mostKept: Int64 = 1 << 20

  /// - Parameter keepsAll: whether all of it is kept, in a temporary file if it is long.
  init(_ live: ByteStream, keepsAll: Bool) {
    self.live = live
    self.keepsAll = keepsAll
    kept = Spool()
  }

  /// What is read first.
  var stream: ByteStream { stream(from: 0) }

  /// The same from its start, once reading has begun; nil if too much has come to be kept.
  func again() -> ByteStream? {
    guard kept != nil else { return nil }
    // From now on two may read, and the one that is behind needs what the other has taken from the archive.
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
    if !keepsAll, liveCount > Self.mostKept {
      self.kept = nil
      return
    }
    try kept.append(piece)
    keptCount += Int64(piece.count)
  }

  private func readKept(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if snapshot?.count ?? 0 <= position { snapshot = try kept?.source() }
    guard let snapshot else { throw InputError(.unreadable, "a member of the archive cannot be read again") }
    return try snapshot.read(at: position, into: buffer)
  }
}
