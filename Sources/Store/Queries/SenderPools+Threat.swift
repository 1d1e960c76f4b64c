import Foundation

extension SenderPools {
  /// Volume, spread over addresses, domains and reporters, and days; each doubling adds a step. The days of a steady source count twice: it
  /// is more likely the operator's own than anything else, and it does not go away. What is new counts for more, by ``newness``.
  func threat(_ pool: SenderPool, isNew: Bool) -> Double {
    func steps(_ number: Int64) -> Double { log2(Double(max(number, 1))) }
    var (domains, reporters, days, severity): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
    var isSteady = false
    for place in members(pool) {
      domains = max(domains, sources.domains(place))
      reporters = max(reporters, sources.reporters(place))
      days = max(days, sources.days(place))
      severity = max(severity, sources.severity(place))
      isSteady = isSteady || sources.isSteady(place)
    }
    let spread = steps(Int64(pool.range.count)) + 2 * steps(domains) + steps(reporters)
    let lasting = isSteady ? 2 * steps(days) : 0
    return steps(messages(pool)) + spread + lasting + 2 * Double(severity) + (isNew ? Self.newness : 0)
  }
}
