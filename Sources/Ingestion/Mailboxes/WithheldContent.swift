/// The messages of a folder that the server does not give, told together: there may be thousands.
final class WithheldContent {
  private var namedMessages: [(uid: UInt32, why: String)] = []
  private var count = 0

  /// Of the messages, so many are named.
  private static let maxNamed = 5

  /// Adds messages.
  /// - Parameters:
  ///   - mails: those of which it is known why.
  ///   - count: all of them.
  func add(_ messages: [(uid: UInt32, why: String)], count: Int) {
    namedMessages += messages.prefix(max(0, Self.maxNamed - namedMessages.count))
    self.count += count
  }

  /// What a person is told; nil if there is nothing.
  var text: String? {
    guard let first = namedMessages.first else { return nil }
    // Nearly always it is the same cause.
    let isOneCause = namedMessages.allSatisfy { $0.why == first.why }
    let uids = namedMessages.map { isOneCause ? "\($0.uid)" : "\($0.uid) (\($0.why))" }
    let more = count > namedMessages.count ? " and \(count - namedMessages.count) more" : ""
    let list = uids.joined(separator: ", ") + more + (isOneCause ? " (\(first.why))" : "")
    let subject =
      count == 1 ? "mail \(list): it stays where it is" : "\(count) mails, mail \(list): they stay where they are"
    return "the server does not give \(subject), and the next run asks again. "
      + "If this goes on, open \(count == 1 ? "it" : "them") with another mail program, save the attachment and ingest that"
  }
}
