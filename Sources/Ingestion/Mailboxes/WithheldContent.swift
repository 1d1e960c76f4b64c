/// The messages of a mailbox that the server does not return, reported together because there may be thousands.
final class WithheldContent {
  private var namedMessages: [(uid: UInt32, why: String)] = []
  private var count = 0

  /// Maximum number of messages listed by UID.
  private static let maxNamed = 5

  /// Adds messages.
  /// - Parameters:
  ///   - messages: those with a known reason.
  ///   - count: the number of all messages.
  func add(_ messages: [(uid: UInt32, why: String)], count: Int) {
    namedMessages += messages.prefix(max(0, Self.maxNamed - namedMessages.count))
    self.count += count
  }

  /// The message for the user; nil if no message is withheld.
  var text: String? {
    guard let first = namedMessages.first else { return nil }
    // Almost always, all messages have the same cause.
    let isOneCause = namedMessages.allSatisfy { $0.why == first.why }
    let uids = namedMessages.map { isOneCause ? "\($0.uid)" : "\($0.uid) (\($0.why))" }
    let more = count > namedMessages.count ? " and \(count - namedMessages.count) more" : ""
    let list = uids.joined(separator: ", ") + more + (isOneCause ? " (\(first.why))" : "")
    let subject =
      count == 1
      ? "the message with UID \(list): it stays in the mailbox"
      : "\(count) messages with the UIDs \(list): they stay in the mailbox"
    return "the server does not return \(subject), and the next run requests \(count == 1 ? "it" : "them") again. "
      + "If the problem persists, open \(count == 1 ? "it" : "them") with another email client, save the attachment and ingest the file"
  }
}
