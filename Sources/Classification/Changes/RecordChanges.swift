import DMARC
import Store
import Verdict

/// Changes of published records: those that lookups found, and those of the policies in reports.
struct RecordChanges {
  private var lookedUp: [String: [RecordChange]] = [:]
  private var sightings: [String: PolicySightings] = [:]

  /// Days by which reports may lag behind a change, because they arrive late or the reporter has cached the old record.
  private static let tolerance: Int64 = 3

  /// - Parameter snapshots: dated states by place, the oldest first.
  init(_ snapshots: [RecordSnapshot]) {
    for history in RecordHistory.split(snapshots) {
      for change in history.changes { lookedUp[change.difference.domain, default: []].append(change) }
    }
  }

  /// Adds the policy that a reporter saw.
  mutating func add(_ policy: ReportedPolicy) { sightings[policy.domain, default: PolicySightings()].add(policy) }

  /// The changes of records that concern a policy domain, in chronological order.
  func changes(of domain: String, _ periods: ChangePeriods) -> [RecordChange] {
    let first = periods.history.lowerBound
    var records = lookedUp.filter { $0.key == domain || $0.key.hasSuffix("." + domain) }.flatMap(\.value)
      .filter { $0.kind == .spf || $0.kind == .dkim || $0.difference.domain == domain }
    for reported in sightings[domain]?.changes(domain) ?? [] {
      let same = records.firstIndex { $0.kind == .dmarc && Self.isSame($0, reported) }
      guard let same else {
        records.append(reported)
        continue
      }
      records[same].refine(by: reported)
    }
    return records.filter { $0.since >= first && $0.since <= periods.now.upperBound }
      .sorted {
        ($0.since, $0.kind.order, $0.difference.domain) < ($1.since, $1.kind.order, $1.difference.domain)
      }
  }

  /// The activity of a domain without reports, whose records can still change.
  func activity(of domain: String, _ periods: ChangePeriods) -> DomainActivity {
    var activity = DomainActivity(domain: domain)
    activity.records = changes(of: domain, periods)
    return activity
  }

  /// The domains whose records have changed.
  var domains: [String] { lookedUp.keys.sorted() }

  /// Whether lookups and reports show the same change. Lookups may be far apart, and the change may have happened at
  /// any time between two of them.
  private static func isSame(_ lookedUp: RecordChange, _ reported: RecordChange) -> Bool {
    let first = min(lookedUp.difference.lastBefore ?? lookedUp.since, lookedUp.since)
    return reported.since.number >= first.number.subtractingClamped(tolerance)
      && reported.since.number <= lookedUp.since.number.addingClamped(tolerance)
  }
}

extension RecordChange {
  /// Narrows down when a change happened by the days in reports. What changed stays as lookups found it, because
  /// reports do not contain all tags.
  fileprivate mutating func refine(by reported: RecordChange) {
    if let last = difference.lastBefore, reported.since > last, reported.since < since {
      since = reported.since
      if let before = reported.difference.lastBefore { difference.lastBefore = max(last, before) }
    }
    noticed = min(noticed, reported.noticed)
  }
}

extension RecordKind {
  fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
