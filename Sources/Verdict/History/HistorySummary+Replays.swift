import DMARC

/// The messages of a stream on one day.
private struct StreamDay {
  var origin: Int64 = 0
  var elsewhere: Int64 = 0
  /// Whether some of the messages are spread from a report over several days.
  var isEstimated = false
}

/// What a stream's usual sources sent.
private struct UsualSources {
  /// The number of messages on the busiest day.
  var best: Int64 = 0
  /// The number of days on which they sent.
  var days: Int64 = 0
}

/// Infrastructures that first appeared on one day of a stream, and what they sent then.
private struct Newcomers {
  var infrastructures: Int64 = 0
  var copies: Int64 = 0
}

/// A day on which a stream was replayed.
private struct Replay {
  var stream: Int32
  var day: Int32
  var numbers: HistoryFacts.SelectorDay
  /// Whether it is found by the infrastructures that are new, rather than by the number of messages.
  var isByNewcomers: Bool
}

/// Replays: more messages from elsewhere than forwarding can cause.
extension HistorySummary {
  /// The time in days for which everything is new at first, so that newcomers mean nothing.
  private static let settling: Int32 = 14
  /// The days for which an infrastructure counts as a newcomer.
  private static let newcomerDays: Int32 = 2
  /// The days after which the copies of a replay are all sent.
  private static let replayDays: Int32 = 7
  /// How many times the usual number of newcomers is not usual any more.
  private static let newcomerFactor = 4.0
  /// The number of days on which usual sources must have sent for a comparison to be possible.
  private static let leastUsualDays: Int64 = 4

  /// Finds days on which messages from elsewhere outnumbered those from the usual origins on their busiest day, or on which many more
  /// infrastructures appeared than usual.
  mutating func findReplays(_ history: OrganisationHistory) {
    let thresholds = history.context.thresholds
    var sums: [UInt64: StreamDay] = [:]
    var usual = [UsualSources](repeating: UsualSources(), count: history.selectorNames.texts.count)
    var newcomers: [UInt64: Newcomers] = [:]
    var seen: Set<UInt64> = []
    for day in history.days {
      let flow = history.flows[Int(day.flow)]
      guard flow.flags.contains(.dkimAligned) else { continue }
      let newcomer = history.newcomer(flow)
      let first = newcomer.map { firstDay[Int($0)] } ?? 0
      let isOrigin = flow.flags.contains(.origin)
      if isOrigin, !history.isTrusted(day) { continue }
      // A copy sent from elsewhere does not pass SPF.
      if !isOrigin, flow.flags.contains(.spfAligned) { continue }
      for stream in flow.streams {
        let key = DistinctCounts.pair(stream, day.day)
        if day.isEstimated { sums[key, default: StreamDay()].isEstimated = true }
        if isOrigin {
          let before = sums[key]?.origin ?? 0
          if before == 0, day.messages > 0 { usual[Int(stream)].days += 1 }
          sums[key, default: StreamDay()].origin.addClamped(day.messages)
          usual[Int(stream)].best = max(usual[Int(stream)].best, before.addingClamped(day.messages))
          continue
        }
        sums[key, default: StreamDay()].elsewhere.addClamped(day.messages)
        guard let newcomer, day.day - first < Self.newcomerDays else { continue }
        let arrival = DistinctCounts.pair(stream, first)
        newcomers[arrival, default: Newcomers()].copies.addClamped(day.messages)
        if seen.insert(DistinctCounts.pair(stream, newcomer)).inserted {
          newcomers[arrival, default: Newcomers()].infrastructures += 1
        }
      }
    }
    var replays: [UInt64: Replay] = [:]
    let best = usual.map { $0.days >= Self.leastUsualDays ? $0.best : 0 }
    for (key, sum) in sums {
      let (stream, day) = (Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key))
      guard best[Int(stream)] > 0, sum.elsewhere >= thresholds.replayCopies,
        sum.elsewhere >= max(sum.origin, best[Int(stream)])
      else {
        continue
      }
      var numbers = HistoryFacts.SelectorDay(
        origin: sum.origin, elsewhere: sum.elsewhere, bestOriginDay: best[Int(stream)],
        newInfrastructures: newcomers[key]?.infrastructures ?? 0, day: CalendarDay(number: Int64(day)))
      numbers.isEstimated = sum.isEstimated
      replays[key] = Replay(stream: stream, day: day, numbers: numbers, isByNewcomers: false)
    }
    findArrivals(sums, newcomers, best, thresholds, &replays)
    guard !replays.isEmpty else { return }
    findParticipants(history, replays)
  }

  /// Finds days on which many more infrastructures appeared than usual for the messages sent.
  private func findArrivals(
    _ sums: [UInt64: StreamDay], _ newcomers: [UInt64: Newcomers], _ best: [Int64], _ thresholds: Thresholds,
    _ replays: inout [UInt64: Replay]
  ) {
    let streams = Dictionary(grouping: sums.keys) { Int32(truncatingIfNeeded: $0 >> 32) }
    for (stream, keys) in streams {
      guard let first = keys.map({ Int32(truncatingIfNeeded: $0) }).min() else { continue }
      let settled = keys.filter { Int32(truncatingIfNeeded: $0) >= first + Self.settling }
      guard settled.count >= Int(Self.settling), best[Int(stream)] > 0 else { continue }
      func arrivals(_ day: Int32) -> Newcomers {
        (0..<Self.newcomerDays).reduce(into: Newcomers()) { sum, offset in
          guard let found = newcomers[DistinctCounts.pair(stream, day - offset)] else { return }
          sum.infrastructures += found.infrastructures
          sum.copies.addClamped(found.copies)
        }
      }
      let usual = Usual(settled.map { arrivals(Int32(truncatingIfNeeded: $0)) })
      for key in settled {
        let day = Int32(truncatingIfNeeded: key)
        let found = arrivals(day)
        guard found.infrastructures >= thresholds.replayNewInfrastructures, found.copies * 2 >= thresholds.replayCopies,
          Double(found.infrastructures) >= usual.infrastructures * Self.newcomerFactor,
          Double(found.copies) >= usual.copies * Self.newcomerFactor, replays[key] == nil
        else { continue }
        let sum = sums[key] ?? StreamDay()
        replays[key] = Replay(
          stream: stream, day: day,
          numbers: HistoryFacts.SelectorDay(
            origin: sum.origin, elsewhere: sum.elsewhere, bestOriginDay: best[Int(stream)],
            newInfrastructures: found.infrastructures, day: CalendarDay(number: Int64(day)), newCopies: found.copies,
            usualNewInfrastructures: usual.infrastructures),
          isByNewcomers: true)
      }
    }
  }

  /// What usually appears in a stream in the days of a window: the numbers that nine in ten days do not exceed.
  private struct Usual {
    let infrastructures, copies: Double

    init(_ windows: [Newcomers]) {
      func most(_ value: (Newcomers) -> Int64) -> Double {
        let sorted = windows.map(value).sorted()
        return sorted.isEmpty ? 0 : Double(sorted[sorted.count * 9 / 10])
      }
      infrastructures = most(\.infrastructures)
      copies = most(\.copies)
    }
  }

  /// Finds the flows that were part of a replay. A verdict applies to all messages of a flow, so a flow is part of a replay only if most of
  /// its messages are, or if its host appeared with the replay and vanished with it.
  private mutating func findParticipants(_ history: OrganisationHistory, _ replays: [UInt64: Replay]) {
    var hosts: [Int32: Replay] = [:]
    let names = history.selectorNames.texts
    for replay in replays.values.sorted(by: {
      $0.day == $1.day ? names[Int($0.stream)] < names[Int($1.stream)] : $0.day < $1.day
    })
    where replay.numbers.newInfrastructures > 0 {
      for day in (replay.day - Self.newcomerDays + 1)...(replay.day + Self.newcomerDays) { hosts[day] = replay }
    }
    func replay(ofHost flow: FlowTraits) -> Replay? {
      guard let newcomer = history.newcomer(flow), let replay = hosts[firstDay[Int(newcomer)]],
        intact[Int(newcomer)].span < Int64(Self.replayDays)
      else { return nil }
      return replay
    }
    var inReplays: [Int32: Int64] = [:]
    var totals: [Int32: Int64] = [:]
    var found: [Int32: Replay] = [:]
    for day in history.days {
      let flow = history.flows[Int(day.flow)]
      guard flow.flags.contains(.dkimAligned), flow.flags.isDisjoint(with: [.origin, .spfAligned]) else { continue }
      totals[day.flow, default: 0].addClamped(day.messages)
      if let replay = replay(ofHost: flow) {
        replayKeys.formUnion([flow.infrastructure, flow.place])
        inReplays[day.flow, default: 0].addClamped(day.messages)
        found[day.flow] = replay
        continue
      }
      let all = flow.streams.compactMap { replays[DistinctCounts.pair($0, day.day)] }.filter { !$0.isByNewcomers }
      guard let greatest = all.max(by: { $0.numbers.elsewhere < $1.numbers.elsewhere }) else { continue }
      inReplays[day.flow, default: 0].addClamped(day.messages)
      if greatest.numbers.elsewhere > found[day.flow]?.numbers.elsewhere ?? 0 { found[day.flow] = greatest }
    }
    for (flow, replay) in found where (inReplays[flow] ?? 0) > (totals[flow] ?? 0) / 2 {
      self.replays[flow] = (replay.stream, replay.numbers)
    }
  }
}
