import DMARC
import Store
import Verdict

/// The kept SPF snapshots of the domains that are asked about, ready to be asked about one address at one time.
final class SPFIndex {
  private struct Snapshot {
    var stored: StoredSPFSnapshot
    /// Indexes of the ranges, sorted by family and lower end; they do not overlap.
    var order: [Int]
  }

  private let flows: FlowStore
  /// Nothing was ever looked up.
  var isEmpty: Bool { domains.isEmpty }
  /// Those with a snapshot: most names in reports have none, and there may be very many.
  private let domains: Set<String>
  private var byDomain: [DomainName: [Snapshot]] = [:]

  init(_ flows: FlowStore) throws {
    self.flows = flows
    domains = try flows.domainsWithSPFSnapshots()
  }

  private func snapshots(of domain: DomainName) throws -> [Snapshot] {
    guard domains.contains(domain.name) else { return [] }
    if let known = byDomain[domain] { return known }
    let found = try flows.spfSnapshots(of: domain).map { stored in
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

  /// What the records of these domains say of an address on a day: an own term before a shared one, that before none. Nil where no
  /// record is known, or where only a receiver could tell.
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

  /// Whether a record is known whose answer for an address that it does not list is open.
  func isInconclusive(_ domains: [DomainName]) throws -> Bool {
    try domains.contains { domain in
      try snapshots(of: domain).last.map {
        !$0.stored.snapshot.dynamicTerms.isEmpty || $0.stored.snapshot.status == .temperror
      }
        ?? false
    }
  }

  /// The last one taken before the day was over; where there is none, the first.
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
