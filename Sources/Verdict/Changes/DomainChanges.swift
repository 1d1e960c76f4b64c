import DMARC

extension DomainActivity {
  /// The fewest messages of a wave of spoofing, and of replayed copies.
  private static let leastSpoofed: Int64 = 50
  private static let leastReplayed: Int64 = 20

  /// What changed for the domain, each event once, with its causes.
  package func changes(_ timeline: Timeline) -> [Change] {
    guard timeline.canCompare, hasMessages(timeline) else {
      // Lookups show changes even without reports.
      return RecordEvents(self, timeline).changes([]).filter {
        $0.record?.reporters == nil && timeline.periods.now.contains($0.noticed)
      }
    }
    let senders = senders.flatMap { $0.changes(domain: domain, timeline, records) }
    var changes = CauseFinder(domain: domain, senders: senders, records: records, timeline)
      .tied(shares(timeline) + volumes(timeline))
    changes += waves(timeline, .unknown, least: Self.leastSpoofed, (.spoofingBegan, .spoofingEnded))
    changes += waves(timeline, .replay, least: Self.leastReplayed, (.replayBegan, .replayEnded))
    changes += keyChanges(timeline, changes)
    changes += RecordEvents(self, timeline).changes(changes)
    // Only now: an event that was certain earlier in one respect is not told again in another.
    return changes.filter { timeline.periods.now.contains($0.noticed) }
  }

  /// Whether both periods have reports about the domain: else it is new itself, or gone.
  private func hasMessages(_ timeline: Timeline) -> Bool {
    let days = Set(messages.values.lazy.joined().compactMap { timeline.position($0.day) })
    return days.count { (timeline.firstBefore..<timeline.firstNow).contains($0) } >= Timeline.fewestDays
      && days.contains { $0 >= timeline.firstNow }
  }

  private func series(_ mail: MailClass, _ timeline: Timeline) -> [Int64] { timeline.series(messages[mail] ?? []) }

  private func shares(_ timeline: Timeline) -> [Change] {
    let (passed, failed) = (series(.passing, timeline), series(.failing, timeline))
    return ShareShift.find(passed: passed, failed: failed).map { shift in
      let isFall = shift.after < shift.before
      var change = Change(
        isFall ? .passRateFell : .passRateRose, .domain(domain), domains: [domain], since: timeline.since(shift.since),
        noticed: timeline.day(shift.noticed), severity: isFall ? .high : .low)
      (change.shareBefore, change.shareSince) = (shift.before, shift.after)
      let all = zip(passed, failed).map { $0.addingClamped($1) }
      (change.messagesBefore, change.messages) = timeline.sums(all)
      if isFall {
        change.onlyReporter = onlyReporter(
          of: messages[.failing] ?? [], beside: messages[.passing] ?? [], shift, timeline)
        if change.onlyReporter != nil { change.severity = .low }
      }
      return change
    }
  }

  private func volumes(_ timeline: Timeline) -> [Change] {
    let all = timeline.series((messages[.passing] ?? []) + (messages[.failing] ?? [])) {
      steadyReporters?.contains($0) ?? true
    }
    return VolumeShift.find(all, days: timeline.days).map { shift in
      let isFall = shift.messages < shift.expected
      var change = Change(
        isFall ? .volumeFell : .volumeRose, .domain(domain), domains: [domain], since: timeline.since(shift.since),
        noticed: timeline.day(shift.noticed), severity: isFall ? .medium : .low)
      (change.messagesBefore, change.messages) = timeline.sums(all)
      return change
    }
  }

  private func waves(
    _ timeline: Timeline, _ mail: MailClass, least: Int64, _ kinds: (began: Change.Kind, ended: Change.Kind)
  ) -> [Change] {
    var series = self.series(mail, timeline)
    // Senders with a name of their own are told by it.
    let named = timeline.series(senders.flatMap { $0.parts.lazy.filter { $0.mail == mail }.flatMap(\.days) })
    for position in series.indices { series[position] = max(0, series[position].subtractingClamped(named[position])) }
    let (before, now) = timeline.sums(series)
    func change(_ kind: Change.Kind, _ turn: Turn, _ severity: Change.Severity) -> Change {
      var change = Change(
        kind, .domain(domain), domains: [domain], since: timeline.since(turn.since),
        noticed: timeline.day(turn.noticed),
        severity: severity)
      (change.messagesBefore, change.messages) = (before, now)
      return change
    }
    return MessageWave.find(series, least: least).flatMap { wave in
      let began = wave.begin.flatMap { timeline.isNow($0.noticed) ? change(kinds.began, $0, .medium) : nil }
      let ended = wave.end.flatMap { timeline.isNow($0.noticed) ? change(kinds.ended, $0, .low) : nil }
      return [began, ended].compactMap(\.self)
    }
  }

  /// The only one of several reporters that shows failures since a day; nil if several do, or only one reports.
  private func onlyReporter(
    of failing: [DayMessages], beside passing: [DayMessages], _ shift: ShareShift, _ timeline: Timeline
  ) -> String? {
    func since(_ parts: [DayMessages]) -> [Int: Int64] {
      parts.reduce(into: [:]) { sums, part in
        guard let position = timeline.position(part.day), (shift.since...shift.noticed).contains(position) else {
          return
        }
        sums[part.reporter, default: 0].addClamped(part.messages)
      }
    }
    let (failed, passed) = (since(failing), since(passing))
    let middle = 1 - (shift.before + shift.after) / 2
    let reporters = Set(failed.keys).union(passed.keys).filter {
      (failed[$0] ?? 0).addingClamped(passed[$0] ?? 0) >= 10
    }
    let showing = reporters.filter { reporter in
      let (fails, passes) = (Double(failed[reporter] ?? 0), Double(passed[reporter] ?? 0))
      return fails >= middle * (fails + passes)
    }
    guard reporters.count > 2, showing.count == 1, let only = showing.first else { return nil }
    return reporterNames[only]
  }

  private func keyChanges(_ timeline: Timeline, _ known: [Change]) -> [Change] {
    keys.compactMap { key in
      guard timeline.periods.now.contains(key.noticed) else { return nil }
      let isTold = known.contains { change in
        change.causes.contains { cause in
          (cause.kind == .keyStopped || cause.kind == .keyVerifies) && cause.domain == key.domain
            && cause.selector == key.selector
        }
      }
      guard !isTold else { return nil }
      var change = Change(
        key.isBroken ? .keyBroke : .keyWorks, .key(domain: key.domain, selector: key.selector), domains: [domain],
        since: key.since, noticed: key.noticed, severity: key.isBroken ? .medium : .low)
      change.messages = key.messages
      let finder = CauseFinder(domain: domain, senders: [], records: records, timeline)
      change.causes = [finder.keyRecord(key.domain, key.selector, near: key.since)].compactMap(\.self)
      change.causes += finder.records(near: key.since, .dmarcRecord)
      return change
    }
  }
}
