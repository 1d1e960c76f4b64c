import DMARC

extension SenderActivity {
  /// The fewest messages and days of a new sender. A network may only be where somebody else's mail came through for a day or two.
  private var leastNew: (messages: Int64, days: Int) { identity.basis == .network ? (20, 6) : (10, 3) }
  /// The fewest messages that are missing from one that is gone.
  private static let leastGone: Int64 = 20

  /// What changed about the sender in all days, with what its own messages say about the cause.
  package func changes(domain: String, _ timeline: Timeline, _ records: [RecordChange]) -> [Change] {
    let series = timeline.series(parts.flatMap(\.days))
    let rhythm = Rhythm(series)
    let (before, now) = timeline.sums(series)
    func change(_ kind: Change.Kind, _ turn: Turn, _ severity: Change.Severity) -> Change {
      var change = Change(
        kind, .sender(identity), domains: [domain], since: timeline.since(turn.since),
        noticed: timeline.day(turn.noticed),
        severity: severity)
      (change.messagesBefore, change.messages, change.address) = (before, now, address)
      return change
    }
    var changes: [Change] = []
    if let turn = rhythm.arrival(least: leastNew.messages, days: leastNew.days) {
      var new = change(.senderNew, turn, newSeverity)
      new.shareSince = passShare
      changes.append(new)
    }
    if let turn = rhythm.departure(least: Self.leastGone) {
      changes.append(change(.senderGone, turn, .low))
    }
    let (passed, failed) = (self.series(of: .passing, timeline), self.series(of: .failing, timeline))
    for shift in ShareShift.find(passed: passed, failed: failed) {
      let isFall = shift.after < shift.before
      var found = change(
        isFall ? .senderFails : .senderPasses, Turn(since: shift.since, noticed: shift.noticed), isFall ? .high : .low)
      (found.shareBefore, found.shareSince) = (shift.before, shift.after)
      found.causes = Mechanisms(parts, shift, timeline).causes
      changes.append(found)
    }
    return changes
  }

  private func series(of mail: MailClass, _ timeline: Timeline) -> [Int64] {
    timeline.series(parts.lazy.filter { $0.mail == mail }.flatMap(\.days))
  }

  private func sum(_ mail: MailClass) -> Int64 {
    parts.lazy.filter { $0.mail == mail }.flatMap { $0.days.lazy.map(\.messages) }.clampedSum
  }

  private var passShare: Double? {
    let (passed, all) = (Double(sum(.passing)), Double(parts.flatMap { $0.days.map(\.messages) }.clampedSum))
    return all > 0 ? passed / all : nil
  }

  private var newSeverity: Change.Severity {
    let passes = (passShare ?? 0) >= 0.9
    if passes { return .low }
    return identity.basis == .network && sum(.unknown) > sum(.failing) ? .high : .medium
  }
}

/// What the messages of a sender say about why their results changed: which identifier stopped passing, or began to.
struct Mechanisms {
  private let parts: [MailPart]
  private let shift: ShareShift
  private let timeline: Timeline

  /// The share of messages from which something is the rule, and up to which it is the exception.
  private static let rule = 0.8
  private static let exception = 0.5

  init(_ parts: [MailPart], _ shift: ShareShift, _ timeline: Timeline) {
    (self.parts, self.shift, self.timeline) = (parts, shift, timeline)
  }

  private struct KeyName: Hashable {
    var domain: String
    var selector: String?
  }

  private struct Counts {
    var passed: (before: Int64, since: Int64) = (0, 0)
    var failed: (before: Int64, since: Int64) = (0, 0)

    mutating func add(_ sums: (before: Int64, since: Int64), passes: Bool) {
      if passes {
        passed = (passed.before.addingClamped(sums.before), passed.since.addingClamped(sums.since))
      } else {
        failed = (failed.before.addingClamped(sums.before), failed.since.addingClamped(sums.since))
      }
    }
  }

  /// Messages of a part on the days before the change, and since.
  private func sums(_ part: MailPart) -> (before: Int64, since: Int64) {
    part.days.reduce(into: (before: Int64(0), since: Int64(0))) { sums, day in
      guard let position = timeline.position(day.day) else { return }
      guard position >= shift.start else { return }
      if position < shift.since { sums.before.addClamped(day.messages) } else { sums.since.addClamped(day.messages) }
    }
  }

  /// The causes, of keys first.
  var causes: [ChangeCause] {
    var keys: [KeyName: Counts] = [:]
    var envelopes: [String: Counts] = [:]
    var (all, unsigned, passing) = (Counts(), Counts(), Counts())
    for part in parts where part.mail == .passing || part.mail == .failing {
      let sums = sums(part)
      all.add(sums, passes: true)
      unsigned.add(sums, passes: part.keys.isEmpty)
      passing.add(sums, passes: part.keys.contains(where: \.passes))
      for key in part.keys {
        keys[KeyName(domain: key.domain, selector: key.selector), default: Counts()].add(sums, passes: key.passes)
      }
      if let envelope = part.envelope { envelopes[envelope, default: Counts()].add(sums, passes: part.passesSPF) }
    }
    let isFall = shift.after < shift.before
    var causes = keyCauses(keys, isFall)
    if causes.isEmpty {
      let (first, last) = (
        share(unsigned.passed.before, all.passed.before), share(unsigned.passed.since, all.passed.since)
      )
      if isFall ? first <= 1 - Self.rule && last >= Self.exception : first >= Self.exception && last <= 1 - Self.rule {
        causes.append(cause(isFall ? .notSigned : .signed))
      }
    }
    return causes + envelopeCauses(envelopes, isFall)
  }

  private func share(_ part: Int64, _ whole: Int64) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }

  private func cause(_ kind: ChangeCause.Kind) -> ChangeCause { ChangeCause(kind, since: timeline.since(shift.since)) }

  /// Whether results went from the rule to the exception, or back.
  private func changes(_ counts: Counts, _ isFall: Bool) -> Bool {
    let before = share(counts.passed.before, counts.passed.before.addingClamped(counts.failed.before))
    let since = share(counts.passed.since, counts.passed.since.addingClamped(counts.failed.since))
    guard counts.passed.since.addingClamped(counts.failed.since) >= 5,
      counts.passed.before.addingClamped(counts.failed.before) >= 5
    else { return false }
    return isFall ? before >= Self.rule && since <= Self.exception : before <= Self.exception && since >= Self.rule
  }

  private func keyCauses(_ keys: [KeyName: Counts], _ isFall: Bool) -> [ChangeCause] {
    let changed = keys.filter { _, counts in
      changes(counts, isFall)
        // A key that was first used that day and never verified.
        || (isFall && counts.passed.before == 0 && counts.failed.before == 0 && counts.failed.since >= 10
          && counts.passed.since == 0)
    }
    return changed.sorted { ($0.key.domain, $0.key.selector ?? "") < ($1.key.domain, $1.key.selector ?? "") }.map {
      key, _ in
      var cause = cause(isFall ? .keyStopped : .keyVerifies)
      (cause.domain, cause.selector) = (key.domain, key.selector)
      return cause
    }
  }

  private func envelopeCauses(_ envelopes: [String: Counts], _ isFall: Bool) -> [ChangeCause] {
    envelopes.filter { changes($0.value, isFall) }.keys.sorted().map { envelope in
      var cause = cause(isFall ? .spfStopped : .spfPasses)
      cause.domain = envelope
      return cause
    }
  }
}
