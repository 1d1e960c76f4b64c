package import DMARC

/// Two successive states of a watched record.
package struct RecordTransition: Sendable, Hashable {
  package let kind: RecordKind
  /// The domain that the record is about.
  package let domain: String
  package let owner: String
  /// The states as ``WatchedRecord/state`` has them; nil if nothing was published.
  package let old, new: String?

  /// The maximum number of terms of a record that are compared.
  static let mostTerms = 200

  package init(_ kind: RecordKind, domain: String, owner: String, from old: String?, to new: String?) {
    (self.kind, self.domain, self.owner, self.old, self.new) = (kind, domain, owner, old, new)
  }

  /// What happened, and whether the record now demands or allows less; nil if there is nothing to report.
  package func difference(lastBefore: CalendarDay) -> (difference: RecordDifference, isWeaker: Bool)? {
    var difference = RecordDifference(domain: domain, lost: [], gained: [], lastBefore: lastBefore, reporters: nil)
    var isWeaker = false
    switch kind {
    case .spf: isWeaker = compareSPF(&difference)
    case .dmarc:
      guard DMARCState.isOwn(old) || DMARCState.isOwn(new) else { return nil }
      isWeaker = comparePolicies(&difference)
    case .dkim:
      guard compareKeys(&difference) else { return nil }
      isWeaker = [.disappeared, .revoked, .unusable].contains(difference.step)
    case .mx:
      isWeaker = compareLists(&difference) { $0.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init) }
    case .mtaSTS, .tlsReports: isWeaker = compareLists(&difference, Self.tags)
    case .reportAuthorisation:
      let prefix = "\(domain)._report._dmarc."
      difference.other = owner.hasPrefix(prefix) ? String(owner.dropFirst(prefix.count)) : owner
      difference.step = new == nil ? .disappeared : .appeared
      guard (old == nil) != (new == nil) else { return nil }
      isWeaker = new == nil
    }
    guard difference.step != .changed || !difference.lost.isEmpty || !difference.gained.isEmpty else { return nil }
    return (difference, isWeaker)
  }

  private func compareSPF(_ difference: inout RecordDifference) -> Bool {
    _ = compareLists(&difference, SPFState.terms)
    guard let old, let new, difference.lost.isEmpty, difference.gained.isEmpty else { return !difference.lost.isEmpty }
    let (wasBroken, isBroken) = (old.hasPrefix(SPFState.permerror), new.hasPrefix(SPFState.permerror))
    if wasBroken != isBroken { difference.step = isBroken ? .unusable : .usable }
    return isBroken
  }

  private func comparePolicies(_ difference: inout RecordDifference) -> Bool {
    let terms = (DMARCState.isOwn(old) ? Self.tags(old ?? "") : [], DMARCState.isOwn(new) ? Self.tags(new ?? "") : [])
    difference.lost = terms.0.filter { !terms.1.contains($0) }
    difference.gained = terms.1.filter { !terms.0.contains($0) }
    guard DMARCState.isOwn(new) else {
      difference.step = new == DMARCState.several ? .unusable : .disappeared
      difference.other = new.flatMap {
        $0.hasPrefix(DMARCState.inherited) ? String($0.dropFirst(DMARCState.inherited.count)) : nil
      }
      return true
    }
    if !DMARCState.isOwn(old) { difference.step = .appeared }
    return PolicyTags(terms: difference.gained).isWeaker(than: PolicyTags(terms: difference.lost))
  }

  /// - Returns: whether there is a change to report.
  private func compareKeys(_ difference: inout RecordDifference) -> Bool {
    let suffix = "._domainkey.\(domain)"
    guard owner.hasSuffix(suffix) else { return false }
    difference.selector = String(owner.dropLast(suffix.count))
    let (before, after) = (old.flatMap(KeyState.init(stored:)), new.flatMap(KeyState.init(stored:)))
    guard let after else {
      difference.step = .disappeared
      return before != nil && before?.condition != .revoked
    }
    switch (before?.condition, after.condition) {
    case (nil, .usable), (.revoked, .usable): difference.step = .appeared
    case (.unusable, .usable): difference.step = .usable
    case (nil, .revoked), (.revoked, .revoked): return false
    case (_, .revoked): difference.step = .revoked
    case (nil, .unusable), (.revoked, .unusable), (.unusable, .unusable): return false
    case (.usable, .unusable(let cause, _)):
      difference.step = .unusable
      difference.gained = [cause]
    case (.usable(let oldType, let oldBits, let oldKey), .usable(let type, let bits, let key)):
      if oldKey != key {
        difference.step = .replaced
        if (oldType, oldBits) != (type, bits) {
          (difference.lost, difference.gained) = (["\(oldType) \(oldBits)"], ["\(type) \(bits)"])
        }
      } else if before?.isTesting != after.isTesting {
        if after.isTesting { difference.gained = ["t=y"] } else { difference.lost = ["t=y"] }
      }
    }
    return true
  }

  /// - Returns: whether the record is gone.
  private func compareLists(_ difference: inout RecordDifference, _ terms: (String) -> [String]) -> Bool {
    let (before, after) = (old.map(terms) ?? [], new.map(terms) ?? [])
    difference.lost = before.filter { !after.contains($0) }
    difference.gained = after.filter { !before.contains($0) }
    if old == nil { difference.step = .appeared }
    if new == nil { difference.step = .disappeared }
    return new == nil
  }

  /// The tags after the version, as `tag=value`.
  private static func tags(_ text: String) -> [String] {
    TagList(text).tags.lazy.filter { $0.name != "v" }.prefix(mostTerms).map { "\($0.name)=\($0.value)" }
  }
}
