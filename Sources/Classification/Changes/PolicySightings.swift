import DMARC
import Store
import Verdict

/// The policies of a domain that each reporter saw. Reporters name tags and defaults in different ways, so each is compared with
/// itself.
struct PolicySightings {
  private struct Step: Hashable {
    var lost, gained: [String]
  }

  private struct Sighting {
    var lastBefore, since: Int64
    /// The days since then.
    var days: Int
  }

  private var days: [Int64: [(day: Int64, tags: [String])]] = [:]

  mutating func add(_ policy: ReportedPolicy) {
    let tags = PolicyRecord(reported: policy.tags.map { ($0.name, $0.value) }).tags.map { "\($0.name)=\($0.value)" }
      .sorted()
    days[policy.reporter, default: []].append((policy.day, tags))
  }

  /// The changes that at least two reporters show, or the only one.
  func changes(_ domain: String) -> [RecordChange] {
    var steps: [Step: [Sighting]] = [:]
    for sightings in days.values {
      for (step, sighting) in Self.steps(sightings) { steps[step, default: []].append(sighting) }
    }
    let changes = steps.compactMap { step, sightings -> RecordChange? in
      let sorted = sightings.sorted { $0.since < $1.since }
      let certain = days.count == 1 ? sorted.first.map { $0.since + 1 } : sorted.dropFirst().first?.since
      guard let first = sorted.first, let certain, days.count > 1 || first.days > 1 else { return nil }
      let last = sorted.lazy.map(\.lastBefore).filter { $0 < first.since }.max()
      return RecordChange(
        .dmarc,
        RecordDifference(
          domain: domain, lost: step.lost, gained: step.gained, lastBefore: last.map { CalendarDay(number: $0) },
          reporters: sorted.count),
        since: CalendarDay(number: first.since), noticed: CalendarDay(number: certain),
        isWeaker: PolicyTags(terms: step.gained).isWeaker(than: PolicyTags(terms: step.lost)))
    }
    return changes.sorted { ($0.since, $0.difference.gained.joined()) < ($1.since, $1.difference.gained.joined()) }
  }

  /// Changes that last: not from one report to the next and back.
  private static func steps(_ sightings: [(day: Int64, tags: [String])]) -> [(Step, Sighting)] {
    var steps: [(Step, Sighting)] = []
    var current: (tags: [String], last: Int64)?
    for (index, sighting) in sightings.enumerated() {
      guard let known = current else {
        current = (sighting.tags, sighting.day)
        continue
      }
      if sighting.tags != known.tags {
        let later = sightings[index...].prefix { $0.tags == sighting.tags }
        let returns = sightings[(index + later.count)...].contains {
          $0.tags == known.tags && $0.day <= sighting.day + 3
        }
        if returns { continue }
        let step = Step(
          lost: known.tags.filter { !sighting.tags.contains($0) },
          gained: sighting.tags.filter { !known.tags.contains($0) })
        steps.append((step, Sighting(lastBefore: known.last, since: sighting.day, days: Set(later.map(\.day)).count)))
      }
      current = (sighting.tags, sighting.day)
    }
    return steps
  }
}
