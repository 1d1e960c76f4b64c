/// How far a run has come.
struct IngestProgress {
  /// Inputs that have been read to their end.
  private(set) var files = 0
  let totalFiles: Int
  private let totalBytes: Int64
  private var doneBytes: Int64 = 0
  /// Of the input at hand, where that is known.
  private var partBytes: Int64 = 0

  init(totalFiles: Int, totalBytes: Int64) {
    self.totalFiles = totalFiles
    self.totalBytes = totalBytes
  }

  /// 0...1, by bytes: one long mailbox is most of the work.
  var share: Double { totalBytes > 0 ? Double(min(totalBytes, doneBytes + partBytes)) / Double(totalBytes) : 0 }

  mutating func reach(_ offset: Int64, of size: Int64) { partBytes = min(offset, size) }

  mutating func finish(_ size: Int64) {
    files += 1
    doneBytes += size
    partBytes = 0
  }
}
