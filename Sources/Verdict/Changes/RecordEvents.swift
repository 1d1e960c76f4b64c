import DMARC

/// Records that changed, with what the mail of a domain has shown since.
struct RecordEvents {
  private let activity: DomainActivity
  private let timeline: Timeline

  /// The minimum number of messages that passed before, or have failed since, for a change to have consequences.
  private static let leastMessages: Int64 = 10
  private static let mostSenders = 3

  init(_ activity: DomainActivity, _ timeline: Timeline) { (self.activity, self.timeline) = (activity, timeline) }

  /// The record changes that no known change already names as a cause.
  func changes(_ known: [Change]) -> [Change] {
    let told = Set(known.flatMap { $0.causes.compactMap(\.record) })
    return activity.records.compactMap { record in
      guard timeline.periods.now.contains(record.noticed), !told.contains(record.difference) else { return nil }
      return change(record)
    }
  }

  private func change(_ record: RecordChange) -> Change {
    var subject = Change.Subject.domain(activity.domain)
    if record.kind == .dkim {
      subject = .key(domain: record.difference.domain, selector: record.difference.selector)
    }
    var change = Change(
      record.kind.change, subject, domains: [activity.domain], since: record.since, noticed: record.noticed,
      severity: record.isWeaker ? .medium : .low)
    change.record = record.difference
    switch record.kind {
    case .dkim: add(keyConsequence(record), to: &change, record)
    case .spf where record.isWeaker:
      if let consequence = spfConsequence(record) { add(consequence, to: &change, record) }
    default: break
    }
    return change
  }

  private func add(_ consequence: RecordConsequence, to change: inout Change, _ record: RecordChange) {
    change.consequence = consequence
    (change.messagesBefore, change.messages) = (consequence.passedBefore, consequence.failed)
    guard record.isWeaker else { return }
    if consequence.rejected >= Self.leastMessages {
      change.severity = .high
    } else if record.kind == .dkim, max(consequence.failed, consequence.passedBefore) < Self.leastMessages {
      change.severity = .low
    }
  }

  /// Messages of a part before the last day with the old record, and from that day on.
  private func sums(_ part: MailPart, _ record: RecordChange) -> (before: Int64, since: Int64) {
    let last = (record.difference.lastBefore ?? record.since.advanced(by: -1)).number
    return part.days.reduce(into: (before: Int64(0), since: Int64(0))) { sums, day in
      if day.day < last { sums.before.addClamped(day.messages) } else { sums.since.addClamped(day.messages) }
    }
  }

  private func keyConsequence(_ record: RecordChange) -> RecordConsequence {
    var consequence = RecordConsequence(failed: 0, rejected: 0, passedBefore: 0)
    for part in activity.senders.lazy.flatMap(\.parts) {
      let key = part.keys.first {
        $0.domain == record.difference.domain && $0.selector?.lowercased() == record.difference.selector
      }
      guard let key else { continue }
      let sums = sums(part, record)
      if key.passes {
        consequence.passedBefore.addClamped(sums.before)
      } else {
        consequence.failed.addClamped(sums.since)
        if part.mail == .failing { consequence.rejected.addClamped(sums.since) }
      }
    }
    return consequence
  }

  /// The senders whose messages passed SPF before, and have mostly failed since; nil if there are none.
  private func spfConsequence(_ record: RecordChange) -> RecordConsequence? {
    var lost: [(identity: SenderIdentity, failed: Int64, before: Int64)] = []
    for sender in activity.senders {
      var (passed, failed, stillPassing) = (Int64(0), Int64(0), Int64(0))
      for part in sender.parts where part.envelope == record.difference.domain {
        let sums = sums(part, record)
        if part.passesSPF {
          passed.addClamped(sums.before)
          stillPassing.addClamped(sums.since)
        } else if part.mail == .failing {
          failed.addClamped(sums.since)
        }
      }
      if passed >= Self.leastMessages, failed > stillPassing { lost.append((sender.identity, failed, passed)) }
    }
    guard !lost.isEmpty else { return nil }
    lost.sort { ($1.failed, $0.identity) < ($0.failed, $1.identity) }
    let failed = lost.map(\.failed).clampedSum
    return RecordConsequence(
      failed: failed, rejected: failed, passedBefore: lost.map(\.before).clampedSum,
      senders: lost.prefix(Self.mostSenders).map(\.identity))
  }
}
