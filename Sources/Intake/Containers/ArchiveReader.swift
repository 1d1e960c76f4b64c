import CArchive
import DMARC

/// Reads the members of a zip or tar file in order, or the contents of a bzip2 file, with libarchive.
final class ArchiveReader {
  enum Format { case zip, tar, bzip2 }

  struct Member {
    var name: String
    var isEncrypted: Bool
    /// Whether the member contains no report: a folder, or the metadata that macOS adds for each file.
    var isSkipped: Bool
  }

  private let archive: OpaquePointer
  private var entry: OpaquePointer?
  private let format: Format
  private let input: Input
  /// Bytes from libarchive that have not been returned yet.
  private var pending = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ source: ByteSource, _ format: Format) throws(InputError) {
    guard let archive = archive_read_new() else { throw InputError(.unreadable, "libarchive is out of memory") }
    self.archive = archive
    self.format = format
    input = Input(source)
    switch format {
    case .zip: archive_read_support_format_zip(archive)
    case .tar: archive_read_support_format_tar(archive)
    case .bzip2:
      archive_read_support_filter_bzip2(archive)
      archive_read_support_format_raw(archive)
    }
    input.attach(to: archive)
    guard archive_read_open1(archive) == ARCHIVE_OK else { throw damage() }
  }

  deinit { archive_read_free(archive) }

  /// The next member; nil after the last one.
  func next() throws(InputError) -> Member? {
    pending = UnsafeRawBufferPointer(start: nil, count: 0)
    let status = archive_read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw damage() }
    let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
    let text = name.map { String(cString: $0) } ?? ""
    let isFile = archive_entry_filetype(entry) == 0o100000
    let last = text.split(separator: "/").last ?? ""
    return Member(
      name: text, isEncrypted: archive_entry_is_encrypted(entry) != 0,
      isSkipped: !isFile || text.hasPrefix("__MACOSX/") || last == ".DS_Store")
  }

  /// The contents of the member that ``next()`` returned last.
  var stream: ByteStream { ByteStream { try self.read(into: $0) } }

  private func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    // Not archive_read_data, which loses the bytes read before an error.
    while pending.isEmpty {
      var block: UnsafeRawPointer?
      var size = 0
      var offset: Int64 = 0
      let status = archive_read_data_block(archive, &block, &size, &offset)
      if status == ARCHIVE_EOF { return 0 }
      guard status == ARCHIVE_OK else { throw damage() }
      pending = UnsafeRawBufferPointer(start: block, count: size)
    }
    let count = min(pending.count, buffer.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: pending[..<count]))
    pending = UnsafeRawBufferPointer(rebasing: pending[count...])
    return count
  }

  private func damage() -> InputError {
    if let failure = input.failure { return failure }
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    // libarchive has one error number for all kinds of damage.
    // -5 is zlib's Z_BUF_ERROR: the input has ended.
    let isTruncated = ["truncated", "Truncated", "unexpected end", "failed (-5)"].contains { reason.contains($0) }
    if isTruncated { return InputError(.truncated, "the \(format) file is truncated: \(reason)") }
    return InputError(.damagedContainer, "the \(format) file is damaged: \(reason)")
  }

  /// The input of libarchive, with a position that it may change.
  private final class Input {
    let source: ByteSource
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var position: Int64 = 0
    private(set) var failure: InputError?

    init(_ source: ByteSource) { self.source = source }

    deinit { buffer.deallocate() }

    func attach(to archive: OpaquePointer) {
      archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
      archive_read_set_read_callback(archive) { _, context, block in
        guard let context, let block else { return -1 }
        return Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().read(block)
      }
      archive_read_set_seek_callback(archive) { _, context, offset, origin in
        guard let context else { return -1 }
        return Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().seek(offset, origin)
      }
      archive_read_set_skip_callback(archive) { _, context, count in
        guard let context else { return 0 }
        return Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().skip(count)
      }
    }

    private func read(_ block: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
      do {
        let count = try source.read(at: position, into: buffer)
        position += Int64(count)
        block.pointee = UnsafeRawPointer(buffer.baseAddress)
        return count
      } catch let rejection as InputError {
        failure = rejection
        return -1
      } catch { return -1 }
    }

    private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
      let base: Int64 = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : source.count
      position = min(max(0, base.addingClamped(offset)), source.count)
      return position
    }

    private func skip(_ count: Int64) -> Int64 {
      let skipped = min(max(0, count), source.count - position)
      position += skipped
      return skipped
    }
  }
}
