import DMARC
import Store
import Verdict

/// Keys that broke or work again between the ends of two periods.
struct KeyChanges {
  private struct Key: Hashable {
    var domain: String
    var selector: String?
  }

  private var byDomain: [String: [KeyChange]] = [:]

  /// Compares what was known at the end of the period before with what is known now, so that each key is told once.
  init(_ failures: BrokenKeys?, _ periods: ChangePeriods) {
    guard let failures else { return }
    func state(_ day: CalendarDay) -> [String: [Key: BrokenKey]] {
      failures.found(until: day.number).reduce(into: [:]) { states, key in
        states[key.policyDomain, default: [:]][Key(domain: key.domain, selector: key.selector)] = key
      }
    }
    let (before, now) = (state(periods.before.upperBound), state(periods.now.upperBound))
    for domain in Set(before.keys).union(now.keys) {
      let (old, new) = (before[domain] ?? [:], now[domain] ?? [:])
      for key in Set(old.keys).union(new.keys) {
        let (old, new) = (old[key], new[key])
        if let new, old.map({ $0.isOver && $0.until < new.since }) ?? true {
          add(domain, new, isBroken: true, since: new.since, periods)
        }
        if let last = new ?? old, new?.isOver ?? true, !(old?.isOver ?? false) || old?.until != last.until {
          add(domain, last, isBroken: false, since: last.until.advanced(by: 1), periods)
        }
      }
    }
  }

  private mutating func add(
    _ domain: String, _ key: BrokenKey, isBroken: Bool, since: CalendarDay, _ periods: ChangePeriods
  ) {
    guard since <= periods.now.upperBound, key.until >= periods.before.lowerBound else { return }
    byDomain[domain, default: []].append(
      KeyChange(
        domain: key.domain, selector: key.selector, isBroken: isBroken, since: since,
        noticed: max(since, periods.now.lowerBound), messages: key.messages))
  }

  /// The keys of mail about a policy domain.
  func changes(of domain: String) -> [KeyChange] {
    (byDomain[domain] ?? []).sorted {
      ($0.since, $0.domain, $0.selector ?? "") < ($1.since, $1.domain, $1.selector ?? "")
    }
  }
}
