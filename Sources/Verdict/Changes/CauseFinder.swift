import DMARC

/// Ties the changes of a domain to those of its senders and records, so that each event is told once.
struct CauseFinder {
  private let domain: String
  private let senders: [Change]
  private let records: [RecordChange]
  private let timeline: Timeline

  /// Days between two changes of one event.
  private static let tolerance: Int64 = 3

  init(domain: String, senders: [Change], records: [RecordChange], _ timeline: Timeline) {
    (self.domain, self.senders, self.records, self.timeline) = (domain, senders, records, timeline)
  }

  /// The changes of the domain with what explains them, and those of senders that explain none.
  func tied(_ changes: [Change]) -> [Change] {
    var told: Set<Int> = []
    var result: [Change] = []
    for change in changes {
      var change = change
      let explaining = senders.indices.filter { explains(senders[$0], change) }
      for index in explaining {
        told.insert(index)
        change.causes += Self.causes(of: senders[index])
        change.address = change.address ?? senders[index].address
        change.noticed = min(change.noticed, senders[index].noticed)
      }
      change.causes += recordCauses(change)
      result.append(change)
    }
    result += senders.indices.filter { !told.contains($0) }.map { index in
      var sender = senders[index]
      sender.causes += recordCauses(sender)
      return sender
    }
    return result
  }

  private func explains(_ sender: Change, _ change: Change) -> Bool {
    guard isNear(sender.since, change.since) else { return false }
    return switch (change.kind, sender.kind) {
    case (.passRateFell, .senderFails), (.passRateRose, .senderPasses): true
    // A new sender that fails, or a failing one that is gone.
    case (.passRateFell, .senderNew): sender.shareSince ?? 1 < 0.5
    case (.passRateRose, .senderGone): true
    case (.volumeFell, .senderGone), (.volumeRose, .senderNew): true
    default: false
    }
  }

  private func isNear(_ one: CalendarDay?, _ other: CalendarDay?) -> Bool {
    guard let one, let other else { return false }
    return abs(one.number.subtractingClamped(other.number)) <= Self.tolerance
  }

  private static func causes(of sender: Change) -> [ChangeCause] {
    guard case .sender(let identity) = sender.subject else { return [] }
    let kind: ChangeCause.Kind =
      switch sender.kind {
      case .senderNew: .senderNew
      case .senderGone: .senderGone
      default: .sender
      }
    var cause = ChangeCause(kind, since: sender.since)
    cause.sender = identity
    return [cause] + sender.causes
  }

  /// Records that changed at the time of a change, of the kind that its other causes point to.
  private func recordCauses(_ change: Change) -> [ChangeCause] {
    switch change.kind {
    case .passRateFell, .senderFails, .passRateRose, .senderPasses: break
    default: return []
    }
    let keys = change.causes.compactMap { cause -> ChangeCause? in
      guard cause.kind == .keyStopped || cause.kind == .keyVerifies, let domain = cause.domain else { return nil }
      return keyRecord(domain, cause.selector, near: cause.since ?? change.since)
    }
    let hasSPF = change.causes.contains { $0.kind == .spfStopped || $0.kind == .spfPasses }
    let isExplained = change.causes.contains { $0.kind != .sender }
    return keys + (hasSPF || !isExplained ? records(near: change.since, .spfRecord) : [])
      + records(near: change.since, .dmarcRecord)
  }

  /// The change of a key's record close to a day; nil if there is none.
  func keyRecord(_ domain: String, _ selector: String?, near day: CalendarDay?) -> ChangeCause? {
    records(near: day, .keyRecord).first {
      $0.domain == domain && $0.selector != nil && $0.selector == selector?.lowercased()
    }
  }

  /// The records of a kind that changed within days of a day.
  func records(near day: CalendarDay?, _ kind: ChangeCause.Kind) -> [ChangeCause] {
    guard let day else { return [] }
    return records.filter { $0.kind.cause == kind }.compactMap { record in
      let first = record.difference.lastBefore ?? record.since
      guard day.number >= first.number.subtractingClamped(1),
        day.number <= record.since.number.addingClamped(Self.tolerance)
      else { return nil }
      var cause = ChangeCause(kind, since: record.since)
      (cause.record, cause.domain) = (record.difference, record.difference.domain)
      cause.selector = record.difference.selector
      return cause
    }
  }
}
