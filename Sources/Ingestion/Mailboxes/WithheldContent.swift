/// The messages of a folder that the server does not give, told together: there may be thousands.
final class WithheldContent {
  private var named: [(uid: UInt32, why: String)] = []
  private var count = 0

  /// Of the messages, so many are named.
  private static let mostNamed = 5

  /// Adds messages.
  /// - Parameters:
  ///   - mails: those of which it is known why.
  ///   - count: all of them.
  func add(_ mails: [(uid: UInt32, why: String)], count: Int) {
    named += mails.prefix(max(0, Self.mostNamed - named.count))
    self.count += count
  }

  /// What a person is told; nil if there is nothing.
  var text: String? {
    guard let first = named.first else { return nil }
    // Nearly always it is the same cause.
    let isOneCause = named.allSatisfy { $0.why == first.why }
    let uids = named.map { isOneCause ? "\($0.uid)" : "\($0.uid) (\($0.why))" }
    let more = count > named.count ? " and \(count - named.count) more" : ""
    let list = uids.joined(separator: ", ") + more + (isOneCause ? " (\(first.why))" : "")
    let subject =
      count == 1 ? "mail \(list): it stays where it is" : "\(count) mails, mail \(list): they stay where they are"
    return "the server does not give \(subject), and the next run asks again. "
      + "If this goes on, open \(count == 1 ? "it" : "them") with another mail program, save the attachment and ingest that"
  }
}
