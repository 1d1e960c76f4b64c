/// Something to be delivered, before it is in the outbox. It holds no secret: where it goes is in the configuration.
package struct NewDelivery: Sendable, Hashable {
  /// What it is and for whom. A second one with the same key is not queued.
  package var key: String
  /// The name of the recipient in the configuration, or an address of email.
  package var recipient: String
  package var kind: Kind
  /// What it is about, in one line.
  package var title: String
  package var content: DeliveryContent

  package init(key: String, recipient: String, kind: Kind, title: String, content: DeliveryContent) {
    (self.key, self.recipient, self.kind, self.title, self.content) = (key, recipient, kind, title, content)
  }

  /// What is delivered. The raw values are in the database and in JSON.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case alert, digest, test
  }
}

/// The bytes that are delivered, the same at each attempt.
package struct DeliveryContent: Sendable, Hashable {
  /// The word of the channel that they were made for.
  package var channel: String
  /// The address that mail is for; nil for other channels.
  package var address: String?
  /// Lines of a request header besides those of every request.
  package var header: [String]
  package var body: [UInt8]

  package init(channel: String, address: String? = nil, header: [String] = [], body: [UInt8]) {
    (self.channel, self.address, self.header, self.body) = (channel, address, header, body)
  }
}

/// An entry of the outbox.
package struct QueuedDelivery: Sendable, Hashable {
  /// Never used again.
  package var id: Int64
  package var key: String
  package var recipient: String
  package var kind: String
  package var title: String
  package var channel: String
  package var state: State
  /// Times are epoch seconds.
  package var createdAt: Int64
  package var attempts: Int64
  /// When it is tried next; nil if it is not waiting.
  package var nextAttemptAt: Int64?
  /// When it was delivered, given up or dropped; nil if it is waiting.
  package var finishedAt: Int64?
  /// Why the last attempt failed; nil if none did.
  package var cause: String?

  /// Where it stands. The raw values are in the database and in JSON.
  package enum State: String, Sendable, Hashable, CaseIterable {
    case waiting
    /// The channel has taken it.
    case sent
    /// Given up.
    case failed
    /// Removed by a person.
    case dropped
  }
}

/// An entry that this process delivers, until its lease ends.
package struct ClaimedDelivery: Sendable, Hashable {
  package var entry: QueuedDelivery
  package var content: DeliveryContent
}

/// How an attempt ended.
package enum DeliveryOutcome: Sendable, Hashable {
  case sent
  /// It is tried again at a time, epoch seconds.
  case again(at: Int64, cause: String)
  /// It is not tried again.
  case failed(cause: String)
}
