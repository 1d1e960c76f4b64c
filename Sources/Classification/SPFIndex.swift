import DMARC
import Store
import Verdict

/// The stored SPF snapshots, indexed for lookups of an address on a day. Snapshots are loaded on first use.
final class SPFIndex {
  private struct Snapshot {
    var stored: StoredSPFSnapshot
    /// The indexes of the ranges, sorted by address family and start; they do not overlap.
    var order: [Int]
  }

  private let flows: any FlowSource
  /// Whether there are no snapshots.
  var isEmpty: Bool { domains.isEmpty }
  /// The domains with a snapshot. Most of the many names in reports have none.
  private let domains: Set<String>
  private var byDomain: [DomainName: [Snapshot]] = [:]

  /// Creates an index of the snapshots in a store.
  init(_ flows: any FlowSource) throws {
    self.flows = flows
    domains = try flows.domainsWithSPFSnapshots()
  }

  /// Reads the snapshots of domains. After that, several threads may look up addresses by them at the same time.
  func load(_ domains: [DomainName]) throws { for domain in domains { _ = try snapshots(of: domain) } }

  private func snapshots(of domain: DomainName) throws -> [Snapshot] {
    guard domains.contains(domain.name) else { return [] }
    if let known = byDomain[domain] { return known }
    let found = try flows.spfSnapshots(ofDomain: domain).map { stored in
      let ranges = stored.snapshot.ranges
      let order = ranges.indices.filter { !ranges[$0].isEverybody }.sorted {
        Self.isBefore(ranges[$0].network.network, ranges[$1].network.network)
      }
      return Snapshot(stored: stored, order: order)
    }
    byDomain[domain] = found
    return found
  }

  private static func isBefore(_ left: IPAddress, _ right: IPAddress) -> Bool {
    if left.isIPv6 != right.isIPv6 { return right.isIPv6 }
    return (left.high, left.low) < (right.high, right.low)
  }

  /// The authorisation of an address by the SPF records of these domains on a day. An exclusive term takes precedence over a shared one.
  /// Nil if no record is known, or if only a receiver can evaluate it.
  func authorisation(of address: IPAddress, by domains: [DomainName], on day: CalendarDay) throws -> SPFAuthorisation? {
    var best: SPFAuthorisation?
    var isInconclusive = false
    for domain in domains {
      guard let snapshot = try snapshot(of: domain, on: day) else { continue }
      if let index = Self.range(with: address, in: snapshot) {
        let isShared = snapshot.stored.isShared[index]
        if best.map({ !$0.isAuthorised || ($0.isShared && !isShared) }) ?? true {
          best = SPFAuthorisation(
            isAuthorised: true, isShared: isShared, path: snapshot.stored.snapshot.ranges[index].pathText)
        }
      } else if snapshot.stored.snapshot.status != .temperror, snapshot.stored.snapshot.dynamicTerms.isEmpty {
        best = best ?? SPFAuthorisation(isAuthorised: false)
      } else {
        isInconclusive = true
      }
    }
    if let best, best.isAuthorised { return best }
    return isInconclusive ? nil : best
  }

  /// Whether a known record is inconclusive about addresses that it does not list.
  func isInconclusive(_ domains: [DomainName]) throws -> Bool {
    try domains.contains { domain in
      try snapshots(of: domain).last.map {
        !$0.stored.snapshot.dynamicTerms.isEmpty || $0.stored.snapshot.status == .temperror
      }
        ?? false
    }
  }

  /// The last snapshot taken before the end of the day, or the first if there is none.
  private func snapshot(of domain: DomainName, on day: CalendarDay) throws -> Snapshot? {
    let all = try snapshots(of: domain)
    let end = (day.number + 1) * 86_400
    return all.last { $0.stored.takenAt < end } ?? all.first
  }

  private static func range(with address: IPAddress, in snapshot: Snapshot) -> Int? {
    let ranges = snapshot.stored.snapshot.ranges
    var (low, high) = (0, snapshot.order.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(address, ranges[snapshot.order[middle]].network.network) { high = middle } else { low = middle + 1 }
    }
    guard low > 0 else { return nil }
    let index = snapshot.order[low - 1]
    return ranges[index].network.contains(address) ? index : nil
  }
}
