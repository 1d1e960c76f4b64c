import DMARC

/// The changes of several domains, with those of one event put together, the most urgent first.
package struct ChangeList: Sendable {
  /// The changes in order.
  package private(set) var changes: [Change] = []
  private var positions: [Key: [Int]] = [:]

  /// What one event has in common, besides its days.
  private struct Key: Hashable {
    var kind: Change.Kind
    var subject: Change.Subject?
    var step: RecordDifference.Step?
  }

  /// Days between the beginnings of one event under several domains.
  private static let tolerance: Int64 = 1

  /// Creates an empty list.
  package init() {}

  /// Adds a change: as part of one that is known, if the same happened under another domain at the same time.
  package mutating func add(_ change: Change) {
    guard let key = Self.key(change) else { return changes.append(change) }
    let found = positions[key]?.first { isSame(changes[$0].since, change.since) }
    guard let found else {
      positions[key, default: []].append(changes.count)
      return changes.append(change)
    }
    changes[found].include(change)
  }

  /// Waves from unknown sources are one event wherever they strike; senders and keys are if they are the same.
  private static func key(_ change: Change) -> Key? {
    switch change.kind {
    case .spoofingBegan, .spoofingEnded, .replayBegan, .replayEnded: Key(kind: change.kind)
    case .senderNew, .senderGone, .senderFails, .senderPasses, .keyBroke, .keyWorks, .keyRecord:
      Key(kind: change.kind, subject: change.subject, step: change.record?.step)
    default: nil
    }
  }

  private func isSame(_ one: CalendarDay?, _ other: CalendarDay?) -> Bool {
    guard let one, let other else { return one == other }
    return abs(one.number.subtractingClamped(other.number)) <= Self.tolerance
  }

  /// Puts the changes in order: by urgency, then by messages, then by day and name.
  package mutating func sort() {
    changes.sort { left, right in
      (left.severity, -left.weight, left.since ?? left.noticed, left.kind.rawValue, left.name)
        < (right.severity, -right.weight, right.since ?? right.noticed, right.kind.rawValue, right.name)
    }
  }
}

extension Change {
  /// The messages by which changes are ordered: those of the period in which there are more.
  var weight: Int64 { max(messages ?? 0, messagesBefore ?? 0, 0) }

  /// The name of the subject.
  package var name: String {
    switch subject {
    case .sender(let identity): identity.name
    case .domain(let name): domains.count > 1 ? "\(domains.count)" : name
    case .key(let domain, let selector): selector.map { "\($0)._domainkey.\(domain)" } ?? domain
    case .reporter(let name): name
    }
  }

  /// Adds the same event under other domains.
  mutating func include(_ other: Change) {
    domains = Set(domains + other.domains).sorted()
    since = [since, other.since].compactMap(\.self).min()
    noticed = min(noticed, other.noticed)
    severity = min(severity, other.severity)
    let weights = (Double(max(0, messages ?? 0)), Double(max(0, other.messages ?? 0)))
    if let share = shareSince, let otherShare = other.shareSince, weights.0 + weights.1 > 0 {
      shareSince = (share * weights.0 + otherShare * weights.1) / (weights.0 + weights.1)
    }
    messages = Self.sum(messages, other.messages)
    messagesBefore = Self.sum(messagesBefore, other.messagesBefore)
    for cause in other.causes where !causes.contains(cause) && causes.count < Self.mostCauses { causes.append(cause) }
    if onlyReporter != other.onlyReporter { onlyReporter = nil }
  }

  private static let mostCauses = 8

  private static func sum(_ one: Int64?, _ other: Int64?) -> Int64? {
    guard let one, let other else { return one ?? other }
    return one.addingClamped(other)
  }
}
