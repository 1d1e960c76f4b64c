import DMARC
import Store
import Verdict

/// The kept SPF snapshots, ready to be asked about one address at one time.
struct SPFIndex {
  private struct Snapshot {
    var takenAt: Int64
    var stored: StoredSPFSnapshot
    /// Indexes of the ranges, sorted by family and lower end; they do not overlap.
    var order: [Int]
  }

  private var byDomain: [DomainName: [Snapshot]] = [:]

  init(_ snapshots: [StoredSPFSnapshot]) {
    for stored in snapshots {
      let ranges = stored.snapshot.ranges
      let order = ranges.indices.filter { !ranges[$0].isEverybody }.sorted {
        Self.isBefore(ranges[$0].network.network, ranges[$1].network.network)
      }
      byDomain[stored.snapshot.domain, default: []].append(
        Snapshot(takenAt: stored.takenAt, stored: stored, order: order))
    }
  }

  var isEmpty: Bool { byDomain.isEmpty }

  private static func isBefore(_ left: IPAddress, _ right: IPAddress) -> Bool {
    if left.isIPv6 != right.isIPv6 { return right.isIPv6 }
    return (left.high, left.low) < (right.high, right.low)
  }

  /// What the records of these domains say of an address on a day: an own term before a shared one, that before none. Nil where no
  /// record is known, or where only a receiver could tell.
  func authorisation(of address: IPAddress, by domains: [DomainName], on day: CalendarDay) -> SPFAuthorisation? {
    var best: SPFAuthorisation?
    var isInconclusive = false
    for domain in domains {
      guard let snapshot = snapshot(of: domain, on: day) else { continue }
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
  func isInconclusive(_ domains: [DomainName]) -> Bool {
    domains.contains { domain in
      byDomain[domain]?.last.map { !$0.stored.snapshot.dynamicTerms.isEmpty || $0.stored.snapshot.status == .temperror }
        ?? false
    }
  }

  /// The last one taken before the day was over; where there is none, the first.
  private func snapshot(of domain: DomainName, on day: CalendarDay) -> Snapshot? {
    guard let all = byDomain[domain] else { return nil }
    let end = (day.number + 1) * 86_400
    return all.last { $0.takenAt < end } ?? all.first
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
