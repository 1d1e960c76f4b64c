package import DMARC

/// The matters that are known, and what the sightings of a run make of them. Pure: it neither reads nor writes.
///
/// A matter is told when it begins and when it ends; each once, whatever the order of runs and reports. What was already so on the
/// first day, or lies long back when it is first seen, is recorded without a word.
package struct MatterBook {
  /// A matter, with the row id of a stored one.
  package struct Entry: Sendable {
    package var id: Int64?
    package var matter: Matter
    /// Whether it differs from what is stored.
    package internal(set) var isChanged = false

    /// Creates an entry.
    package init(id: Int64?, matter: Matter) { (self.id, self.matter) = (id, matter) }
  }

  package internal(set) var entries: [Entry]
  let settings: AlertSettings
  let mutes: [AlertMute]
  let today: CalendarDay
  /// Entries by the name of their matter, and by the names of what they explain.
  private var byName: [String: [Int]] = [:]
  private var explaining: [String: [Int]] = [:]
  /// Entries that no earlier run has stored.
  private var newCount = 0
  /// Whether nothing about a policy domain is told today; an empty name means the installation.
  private let isQuiet: (String) -> Bool

  /// Days before today after which nothing is news.
  package static let horizon: Int64 = 14
  /// Days between two sightings of the beginning of one matter, as late reports move it.
  private static let tolerance: Int64 = 7
  /// Days after which what was not seen to end, and begins again, is another matter.
  private static let longest: Int64 = 45

  /// The most new matters of one run, because hostile reports may show thousands: what is left is seen by the next run.
  static let mostNew = 500
  /// The same for what is recorded without a word, which must not be told by the next run.
  private static let mostKnown = 20_000
  /// The most policy domains of one matter. Reports can name any number of subdomains.
  private static let mostPlaces = 500
  /// Days after which a matter is over whose end nobody has seen.
  private static let oldest: Int64 = 180

  /// Creates a book.
  /// - Parameter known: matters that go on, or ended lately.
  package init(
    _ known: [Entry], _ settings: AlertSettings, mutes: [AlertMute], today: CalendarDay,
    isQuiet: @escaping (String) -> Bool
  ) {
    (entries, self.settings, self.mutes, self.today, self.isQuiet) = (known, settings, mutes, today, isQuiet)
    for index in entries.indices { note(index) }
  }

  private mutating func note(_ index: Int) {
    byName[entries[index].matter.name, default: []].append(index)
    for name in entries[index].matter.explains { explaining[name, default: []].append(index) }
  }

  /// Takes what a run has seen, in the order of days.
  package mutating func take(_ sightings: [Sighting]) {
    // What explains others first, and an end after the beginning of the same day.
    let ordered = sightings.sorted { left, right in
      (left.noticed, left.isEnd ? 1 : 0, left.explains.isEmpty ? 1 : 0, left.name)
        < (right.noticed, right.isEnd ? 1 : 0, right.explains.isEmpty ? 1 : 0, right.name)
    }
    let explaining = ordered.filter { !$0.isEnd && !$0.explains.isEmpty && isWorth($0) }
    for sighting in ordered {
      if sighting.isEnd { end(sighting) } else { begin(sighting, explaining) }
    }
  }

  /// Ends what a rule about the present state no longer sees.
  package mutating func settle(
    _ rule: AlertRule, seen: Set<String>, _ over: (Matter) -> Sighting
  ) {
    for entry in entries where entry.matter.rule == rule && entry.matter.isOpen && !seen.contains(entry.matter.subject)
    {
      end(over(entry.matter))
    }
  }

  /// Ends events whose end nobody has seen for long, without a word.
  mutating func settleForgotten() {
    let first = today.number.subtractingClamped(Self.oldest)
    for index in entries.indices {
      let matter = entries[index].matter
      if matter.isOpen, !matter.rule.isState, matter.noticed < first { abandon(index) }
    }
  }

  private func isWorth(_ sighting: Sighting) -> Bool {
    guard let least = settings.threshold(sighting.rule) else { return false }
    return sighting.rule.isState || sighting.messages.map { $0 >= least } ?? true
  }

  private mutating func begin(_ sighting: Sighting, _ explaining: [Sighting]) {
    guard isWorth(sighting) else { return }
    let isExplained =
      explaining.contains { $0.explains.contains(sighting.name) && isNear($0.since, sighting.since, 3) }
      || (self.explaining[sighting.name] ?? []).contains { isNear(entries[$0].matter.since, sighting.since, 3) }
    guard !isExplained else { return }
    let found = (byName[sighting.name] ?? []).reversed()
    if let index = found.first(where: { knows(entries[$0].matter, sighting) }) { return refresh(index, sighting) }
    if let index = found.first(where: { entries[$0].matter.isOpen }) {
      // What was never seen to end, and is long ago, is over without a word.
      guard sighting.since.number.subtractingClamped(entries[index].matter.since.number) > Self.longest else {
        return join(index, sighting)
      }
      abandon(index)
    } else if let index = found.first, mayReopen(entries[index].matter, sighting) {
      return reopen(index, sighting)
    }
    let telling = telling(sighting)
    // What is known from the first day must all be recorded: else the next run would tell it.
    guard newCount < (telling == .known ? Self.mostKnown : Self.mostNew) else { return }
    entries.append(Entry(id: nil, matter: Matter(sighting, telling: telling, today: today)))
    entries[entries.count - 1].isChanged = true
    newCount += 1
    note(entries.count - 1)
  }

  private func isNear(_ one: CalendarDay, _ other: CalendarDay, _ days: Int64) -> Bool {
    one.number.subtractingClamped(other.number).magnitude <= days.magnitude
  }

  /// Whether all places of a sighting are known as part of a matter.
  private func knows(_ matter: Matter, _ sighting: Sighting) -> Bool {
    sighting.places.allSatisfy { place in
      matter.places.contains { known in
        guard known.domain == place.domain else { return false }
        guard matter.rule.lasts else { return isNear(CalendarDay(number: known.since), place.since, Self.tolerance) }
        guard let ended = known.ended else {
          return place.since.number.subtractingClamped(known.since) <= Self.longest || matter.rule.isState
        }
        return place.since.number < max(ended, known.since.addingClamped(1))
      }
    }
  }

  private func telling(_ sighting: Sighting) -> Matter.Telling {
    if sighting.places.allSatisfy({ isQuiet($0.domain) }) { return .known }
    return sighting.noticed < today.advanced(by: -Self.horizon) && !sighting.rule.isState ? .late : .pending
  }

  private mutating func refresh(_ index: Int, _ sighting: Sighting) {
    guard let messages = sighting.messages, messages > entries[index].matter.messages ?? 0 else { return }
    entries[index].matter.messages = messages
    entries[index].isChanged = true
  }

  /// A matter that goes on reaches more domains: it grows, and is not told again.
  private mutating func join(_ index: Int, _ sighting: Sighting) {
    var matter = entries[index].matter
    for place in sighting.places {
      if let known = matter.places.firstIndex(where: { $0.domain == place.domain }) {
        guard let ended = matter.places[known].ended, place.since.number >= ended else { continue }
        matter.places[known] = Matter.Place(domain: place.domain, since: place.since.number)
      } else if matter.places.count < Self.mostPlaces {
        matter.places.append(Matter.Place(domain: place.domain, since: place.since.number))
      }
    }
    matter.severity = min(matter.severity, sighting.severity)
    matter.messages = [matter.messages, sighting.messages].compactMap(\.self).max()
    store(index, matter)
  }

  mutating func store(_ index: Int, _ matter: Matter) {
    guard entries[index].matter != matter else { return }
    entries[index].matter = matter
    entries[index].isChanged = true
  }

  private mutating func abandon(_ index: Int) {
    for place in entries[index].matter.places.indices where entries[index].matter.places[place].ended == nil {
      entries[index].matter.places[place].ended = today.number
    }
    entries[index].matter.ended = Matter.News(telling: .silent, day: today.number, texts: [:])
    entries[index].isChanged = true
  }

  private func mayReopen(_ matter: Matter, _ sighting: Sighting) -> Bool {
    guard let ended = matter.endedOn, matter.rule.lasts else { return false }
    return sighting.since.number.subtractingClamped(ended.number) <= matter.rule.hysteresis
  }

  private mutating func reopen(_ index: Int, _ sighting: Sighting) {
    var matter = entries[index].matter
    let wasTold = matter.begun.telling == .told || matter.begun.telling == .brief
    matter.places = sighting.places.map { Matter.Place(domain: $0.domain, since: $0.since.number) }
    matter.occurrence += 1
    matter.acknowledged = nil
    matter.ended = nil
    (matter.severity, matter.noticed) = (sighting.severity, sighting.noticed.number)
    matter.begun = Matter.News(telling: wasTold ? .brief : telling(sighting), day: today.number, texts: sighting.texts)
    store(index, matter)
  }

  private mutating func end(_ sighting: Sighting) {
    let concerned = sighting.endsAll ? Array(entries.indices) : byName[sighting.name] ?? []
    for index in concerned where entries[index].matter.isOpen && concerns(entries[index].matter, sighting) {
      var matter = entries[index].matter
      for place in matter.places.indices where matter.places[place].ended == nil {
        let known = matter.places[place]
        guard let over = sighting.places.first(where: { $0.domain == known.domain }), over.since.number > known.since
        else { continue }
        matter.places[place].ended = over.since.number
      }
      if !matter.isOpen, matter.ended == nil {
        matter.ended = Matter.News(telling: .pending, day: today.number, texts: sighting.texts)
      }
      store(index, matter)
    }
  }

  private func concerns(_ matter: Matter, _ sighting: Sighting) -> Bool {
    if matter.name == sighting.name { return true }
    return sighting.endsAll && matter.rule == sighting.rule
  }
}
