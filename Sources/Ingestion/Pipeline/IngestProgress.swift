import DMARC

/// The progress of an ingest run.
package struct IngestProgress {
  private(set) var files = 0
  private(set) var totalFiles: Int
  /// Messages read from mailboxes.
  private(set) var messages = 0
  private(set) var totalMessages = 0
  private var totalBytes: Int64
  private var doneBytes: Int64 = 0
  /// Bytes read of the current input, if known.
  private var partBytes: Int64 = 0

  /// Progress through files; messages are added by ``expect(messages:bytes:)`` once they are listed.
  init(totalFiles: Int = 0, totalBytes: Int64 = 0) {
    self.totalFiles = totalFiles
    self.totalBytes = totalBytes
  }

  /// 0...1, by bytes: counting inputs would be misleading, because one long mbox file can be most of the work.
  package var share: Double {
    totalBytes > 0 ? Double(min(totalBytes, doneBytes.addingClamped(partBytes))) / Double(totalBytes) : 0
  }

  /// Progress in inputs, such as `12/40 files, 3/800 messages`.
  package var counts: String {
    let known = [(files, totalFiles, "files"), (messages, totalMessages, "messages")].filter { $0.1 > 0 }
    if known.isEmpty { return "listing messages" }
    return known.map { "\($0.0)/\($0.1) \($0.2)" }.joined(separator: ", ")
  }

  mutating func expect(messages: Int, bytes: Int64) {
    totalMessages += messages
    totalBytes = totalBytes.addingClamped(bytes)
  }

  mutating func reach(_ offset: Int64, of size: Int64) { partBytes = min(offset, size) }

  mutating func finish(_ input: PendingInput) {
    if case .message = input { messages += 1 } else { files += 1 }
    doneBytes = doneBytes.addingClamped(input.size)
    partBytes = 0
  }
}
