/// Some messages of an mbox file that follow each other, so that another thread than the one that has found them can read them.
package struct MessageGroup: Sendable {
  let source: ByteSource
  let context: NestingContext
  private(set) var messages: [MboxReader.Message] = []
  private var bytes: Int64 = 0

  /// A group is full with so many messages or bytes: enough to be worth waking a thread.
  private static let mostMessages = 32
  private static let mostBytes: Int64 = 256 << 10

  init(of source: ByteSource, _ context: NestingContext) {
    self.source = source
    self.context = context
  }

  var isEmpty: Bool { messages.isEmpty }
  var isFull: Bool { messages.count >= Self.mostMessages || bytes >= Self.mostBytes }

  /// Whether a message is read by itself.
  static func isLarge(_ message: MboxReader.Message) -> Bool { message.content.count >= mostBytes }

  mutating func add(_ message: MboxReader.Message) {
    messages.append(message)
    bytes += Int64(message.content.count)
  }

  mutating func removeAll() {
    messages.removeAll()
    bytes = 0
  }
}

/// Has other threads read groups of messages.
package struct MessageDivision {
  /// Takes the next group. What is found in it is reported after what is found in the groups before.
  let take: (MessageGroup) throws -> Void
  /// Returns after everything in all groups was reported.
  let finish: () throws -> Void

  /// Creates a division of the work.
  package init(take: @escaping (MessageGroup) throws -> Void, finish: @escaping () throws -> Void) {
    self.take = take
    self.finish = finish
  }
}
