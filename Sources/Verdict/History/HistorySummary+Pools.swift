import DMARC

/// Usual origins that are a pool of addresses, none of which sends much.
extension HistorySummary {
  private struct Pool: Hashable {
    var selector: Int32
    var network: CIDR
  }

  private struct PoolUse {
    var messages: Int64 = 0
    var days: Set<Int32> = []
    var infrastructures: Set<Int32> = []
  }

  /// The share of a selector's messages, one half, from which a network is its pool.
  private static let poolShare: Int64 = 2

  /// Finds the pool of each selector without other origins, as if SPF cannot be evaluated: a network that most of its messages come from, on
  /// as many days as any other origin needs.
  func findPools(_ history: OrganisationHistory, _ origins: inout [Set<Int32>]) {
    let thresholds = history.context.thresholds
    let open = Set(
      origins.indices.filter { origins[$0].isEmpty && selectorMessages[$0] >= thresholds.originMessages }
        .map { Int32($0) })
    guard !open.isEmpty else { return }
    var pools: [Pool: PoolUse] = [:]
    var days: [Int32: Set<Int32>] = [:]
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      guard let network = history.sourceNetworks[Int(flow.source)] else { continue }
      for selector in flow.streams where open.contains(selector) {
        days[selector, default: []].insert(day.day)
        let pool = Pool(selector: selector, network: network)
        pools[pool, default: PoolUse()].messages.addClamped(day.messages)
        pools[pool]?.days.insert(day.day)
        pools[pool]?.infrastructures.insert(flow.infrastructure)
      }
    }
    for (pool, use) in pools {
      let isMost = use.messages.multipliedClamped(by: Self.poolShare) >= selectorMessages[Int(pool.selector)]
      let all = days[pool.selector]?.count ?? 0
      guard isMost, Double(use.days.count) >= Double(all) * thresholds.originShare else { continue }
      origins[Int(pool.selector)].formUnion(use.infrastructures)
    }
  }
}
