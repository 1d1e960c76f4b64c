import DMARC
import Store
import Verdict

/// Published records that changed: SPF and DMARC records that were looked up, and the policies in reports.
struct RecordChanges {
  private var lookedUp: [String: [RecordChange]] = [:]
  private var sightings: [String: PolicySightings] = [:]

  /// - Parameters:
  ///   - spfTexts: dated records by domain, the oldest first.
  ///   - dmarcTexts: the same.
  init(_ spfTexts: [RecordText], dmarcTexts: [RecordText]) {
    add(spfTexts, isSPF: true)
    add(dmarcTexts, isSPF: false)
  }

  private mutating func add(_ texts: [RecordText], isSPF: Bool) {
    for (old, new) in zip(texts, texts.dropFirst()) where old.domain == new.domain && old.text != new.text {
      let difference = RecordDifference(
        domain: new.domain, lost: Self.terms(old.text, isSPF).filter { !Self.terms(new.text, isSPF).contains($0) },
        gained: Self.terms(new.text, isSPF).filter { !Self.terms(old.text, isSPF).contains($0) },
        lastBefore: CalendarDay(epoch: old.checkedAt), reporters: nil)
      guard !difference.lost.isEmpty || !difference.gained.isEmpty else { continue }
      let since = CalendarDay(epoch: new.takenAt)
      lookedUp[new.domain, default: []].append(
        RecordChange(
          isSPF: isSPF, difference, since: since, noticed: since,
          isWeaker: isSPF
            ? !difference.lost.isEmpty
            : PolicyTags(terms: difference.gained).isWeaker(than: PolicyTags(terms: difference.lost))))
    }
  }

  /// The most terms of a record that are compared.
  private static let mostTerms = 200

  private static func terms(_ text: String?, _ isSPF: Bool) -> [String] {
    guard let text else { return [] }
    guard isSPF else {
      return PolicyRecord(published: text)?.tags.prefix(mostTerms).map { "\($0.name)=\($0.value)" } ?? []
    }
    return text.split(separator: " ").dropFirst().prefix(mostTerms).map { $0.lowercased() }
  }

  /// Adds the policy that a reporter saw.
  mutating func add(_ policy: ReportedPolicy) { sightings[policy.domain, default: PolicySightings()].add(policy) }

  /// The records that apply to a policy domain, in the order of time. If its DMARC record was looked up, that is more precise than
  /// what reports say.
  func changes(of domain: String, _ periods: ChangePeriods) -> [RecordChange] {
    let first = periods.history.lowerBound
    var records = lookedUp.filter { $0.key == domain || $0.key.hasSuffix("." + domain) }.flatMap(\.value)
      .filter { $0.isSPF || $0.difference.domain == domain }
    let reported = sightings[domain]?.changes(domain) ?? []
    records += reported.filter { change in
      !records.contains { !$0.isSPF && abs($0.since.number.subtractingClamped(change.since.number)) <= 3 }
    }
    return records.filter { $0.since >= first && $0.since <= periods.now.upperBound }
      .sorted {
        ($0.since, $0.isSPF ? 0 : 1, $0.difference.domain) < ($1.since, $1.isSPF ? 0 : 1, $1.difference.domain)
      }
  }
}

/// The tags of a policy, by name.
struct PolicyTags {
  private let p: String?

  init(terms: [String]) {
    p = terms.first { $0.hasPrefix("p=") }.map { String($0.dropFirst(2)) }
  }

  /// Whether this asks for less.
  func isWeaker(than old: PolicyTags) -> Bool {
    let order = ["none", "quarantine", "reject"]
    guard let old = old.p.flatMap(order.firstIndex), let new = p.flatMap(order.firstIndex) else { return false }
    return new < old
  }
}
