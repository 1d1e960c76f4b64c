import DMARC

/// The distinct lists of domains that sign the same messages, by number: most messages share a few.
struct SignerLists {
  private(set) var lists: [[DomainName]] = []
  private var numbers: [[DomainName]: Int32] = [:]

  /// The number of a list; -1 for an empty one.
  mutating func number(of list: [DomainName]) -> Int32 {
    if list.isEmpty { return -1 }
    if let known = numbers[list] { return known }
    let number = Int32(lists.count)
    numbers[list] = number
    lists.append(list)
    return number
  }
}

/// Which foreign domains sign together, with an own signature or with each other.
extension OrganisationHistory {
  /// The share of what a domain signs that another one signs too, from which the two belong together.
  private static let companionShare: Int64 = 2

  /// A cosigner is usual from as many messages as the origins of a selector.
  func countCosigners() {
    var aligned = [Int64](repeating: 0, count: signerLists.lists.count)
    var all = aligned
    for day in days where isTrusted(day) {
      let flow = flows[Int(day.flow)]
      guard flow.signers >= 0 else { continue }
      all[Int(flow.signers)].addClamped(day.messages)
      if flow.flags.contains(.dkimAligned) { aligned[Int(flow.signers)].addClamped(day.messages) }
    }
    var cosigned: [DomainName: Int64] = [:]
    var totals: [DomainName: Int64] = [:]
    for (number, names) in signerLists.lists.enumerated() {
      for name in names {
        cosigned[name, default: 0].addClamped(aligned[number])
        totals[name, default: 0].addClamped(all[number])
      }
    }
    usualCosigners = Set(cosigned.filter { $0.value >= context.thresholds.originMessages }.keys)
    var pairs: [DomainName: [DomainName: Int64]] = [:]
    for (number, names) in signerLists.lists.enumerated() where names.count > 1 {
      for name in names {
        for other in names where other != name { pairs[name, default: [:]][other, default: 0].addClamped(all[number]) }
      }
    }
    companions = pairs.reduce(into: [:]) { result, pair in
      let total = totals[pair.key] ?? 0
      result[pair.key] = Set(pair.value.filter { $0.value.multipliedClamped(by: Self.companionShare) >= total }.keys)
    }
  }
}
