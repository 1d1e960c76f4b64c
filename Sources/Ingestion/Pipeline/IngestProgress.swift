import DMARC

/// How far a run has come.
package struct IngestProgress {
  private(set) var files = 0
  private(set) var totalFiles: Int
  /// Mails of servers.
  private(set) var mails = 0
  private(set) var totalMails = 0
  private var totalBytes: Int64
  private var doneBytes: Int64 = 0
  /// Of the input at hand, where that is known.
  private var partBytes: Int64 = 0

  /// Progress through files; mails are announced when they are known.
  init(totalFiles: Int = 0, totalBytes: Int64 = 0) {
    self.totalFiles = totalFiles
    self.totalBytes = totalBytes
  }

  /// 0...1, by bytes: one long mailbox is most of the work.
  package var share: Double {
    totalBytes > 0 ? Double(min(totalBytes, doneBytes.addingClamped(partBytes))) / Double(totalBytes) : 0
  }

  /// `12/40 files, 3/800 mails`.
  package var counts: String {
    let known = [(files, totalFiles, "files"), (mails, totalMails, "mails")].filter { $0.1 > 0 }
    if known.isEmpty { return "asking the server" }
    return known.map { "\($0.0)/\($0.1) \($0.2)" }.joined(separator: ", ")
  }

  mutating func expect(mails: Int, bytes: Int64) {
    totalMails += mails
    totalBytes = totalBytes.addingClamped(bytes)
  }

  mutating func reach(_ offset: Int64, of size: Int64) { partBytes = min(offset, size) }

  mutating func finish(_ input: PendingInput) {
    if case .mail = input { mails += 1 } else { files += 1 }
    doneBytes = doneBytes.addingClamped(input.size)
    partBytes = 0
  }
}
