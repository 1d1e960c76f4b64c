import DMARC
package import Store
package import Verdict

/// The states of one record, the oldest first.
package struct RecordHistory {
  package let kind: RecordKind
  package let place: ObservedRecord.Place
  /// The confirmed states, each different from the one before.
  package private(set) var states: [RecordSnapshot] = []
  /// The state that only one lookup has shown so far.
  package private(set) var doubtful: RecordSnapshot?

  /// The period in seconds (30 days) in which a record that alternates between two states is reported at most
  /// `mostReturns` times.
  private static let restlessness: Int64 = 2_592_000
  private static let mostReturns = 2

  private init?(_ first: RecordSnapshot) {
    guard let kind = RecordKind(rawValue: first.place.kind) else { return nil }
    (self.kind, place) = (kind, first.place)
  }

  private mutating func add(_ snapshot: RecordSnapshot) {
    guard snapshot.confirmedAt != nil else {
      doubtful = snapshot
      return
    }
    if let last = states.last, last.state == snapshot.state {
      states[states.count - 1].lastSeen = max(last.lastSeen, snapshot.lastSeen)
    } else {
      states.append(snapshot)
    }
  }

  /// Groups states by place.
  /// - Parameter snapshots: sorted by place, the oldest first. Kinds that only a later version knows are skipped.
  package static func split(_ snapshots: [RecordSnapshot]) -> [RecordHistory] {
    var histories: [RecordHistory] = []
    for snapshot in snapshots {
      if histories.last?.place != snapshot.place {
        guard let history = RecordHistory(snapshot) else { continue }
        histories.append(history)
      }
      histories[histories.count - 1].add(snapshot)
    }
    return histories
  }

  /// The changes from state to state. Some name servers alternate between answers; this is reported only twice in 30
  /// days.
  var changes: [RecordChange] {
    var seen: [Set<String>: [Int64]] = [:]
    return zip(states, states.dropFirst()).compactMap { old, new in
      let pair: Set = [old.state ?? "", new.state ?? ""]
      let lately = (seen[pair] ?? []).filter { $0 >= new.firstSeen.subtractingClamped(Self.restlessness) }
      seen[pair] = lately + [new.firstSeen]
      guard lately.count < Self.mostReturns else { return nil }
      return change(old, new)
    }
  }

  private func change(_ old: RecordSnapshot, _ new: RecordSnapshot) -> RecordChange? {
    let transition = RecordTransition(
      kind, domain: place.domain, owner: place.owner, from: old.state, to: new.state)
    guard let found = transition.difference(lastBefore: CalendarDay(epoch: old.lastSeen)) else { return nil }
    // A doubtful state is certain from the second lookup on.
    let noticed = CalendarDay(epoch: new.confirmedAt ?? new.firstSeen)
    return RecordChange(
      kind, found.difference, since: CalendarDay(epoch: new.firstSeen), noticed: noticed, isWeaker: found.isWeaker)
  }
}
