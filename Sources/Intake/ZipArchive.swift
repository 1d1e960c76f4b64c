import CArchive
import DMARC

/// Reads a zip file's members in order, through libarchive.
final class ZipArchive {
  struct Member {
    var name: String
    var isEncrypted: Bool
    /// Folders, and what macOS puts beside each file, hold no reports.
    var isToBeSkipped: Bool
  }

  private let archive: OpaquePointer
  private var entry: OpaquePointer?

  init(path: String) throws(Rejection) {
    guard let archive = archive_read_new() else { throw Rejection(.unreadable, "libarchive has no memory") }
    self.archive = archive
    archive_read_support_format_zip(archive)
    guard archive_read_open_filename(archive, path, ByteStream.pieceSize) == ARCHIVE_OK else {
      throw Rejection(.damagedContainer, "the zip file is damaged: \(reason)")
    }
  }

  deinit { archive_read_free(archive) }

  /// Compressed bytes read from the file so far.
  var compressedBytes: Int64 { archive_filter_bytes(archive, -1) }

  private var reason: String { archive_error_string(archive).map { String(cString: $0) } ?? "unknown error" }

  /// The next member; nil behind the last one.
  func next() throws(Rejection) -> Member? {
    let status = archive_read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else {
      throw Rejection(.damagedContainer, "the zip file is damaged: \(reason)")
    }
    let name = archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
    let isFile = archive_entry_filetype(entry) == 0o100000
    let last = name.split(separator: "/").last ?? ""
    return Member(
      name: name, isEncrypted: archive_entry_is_encrypted(entry) != 0,
      isToBeSkipped: !isFile || name.hasPrefix("__MACOSX/") || last == ".DS_Store")
  }

  /// The bytes of the member that ``next()`` returned last.
  var stream: ByteStream {
    ByteStream { buffer in
      let count = archive_read_data(self.archive, buffer.baseAddress, buffer.count)
      if count < 0 { throw Rejection(.damagedContainer, "the zip file is damaged: \(self.reason)") }
      return count
    }
  }
}
