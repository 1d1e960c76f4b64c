import DMARC
import Foundation

extension SenderPools {
  /// The weight of mail that is in doubt only because of its reporters: below that of any other mail.
  private static let inDoubt = 0.001
  private static let leastThreat = 0.25

  /// Volume, spread over addresses, domains and reporters, and days; each doubling adds a step. The days of a steady source count twice: it
  /// is more likely the operator's own than anything else, and it does not go away. What is new counts for more, by ``newness``.
  ///
  /// Mail of negative severity passes, and only its reporters are in doubt. It ranks below all other mail, but is
  /// ordered by the same numbers.
  func threat(_ pool: SenderPool, isNew: Bool) -> Double {
    func steps(_ number: Int64) -> Double { log2(Double(max(number, 1))) }
    var (domains, reporters, days, severity): (Int64, Int64, Int64, Int64) = (0, 0, 0, .min)
    var isSteady = false
    var messages: Int64 = 0
    for place in members(pool) {
      domains = max(domains, sources.domains(place))
      reporters = max(reporters, sources.reporters(place))
      days = max(days, sources.days(place))
      messages.addClamped(sources.seriousMessages(place))
      severity = max(severity, sources.severity(place))
      isSteady = isSteady || sources.isSteady(place)
    }
    let spread = steps(Int64(pool.range.count)) + 2 * steps(domains) + steps(reporters)
    let lasting = isSteady ? 2 * steps(days) : 0
    let threat = steps(messages) + spread + lasting + 2 * Double(max(severity, 0)) + (isNew ? Self.newness : 0)
    return severity < 0 ? threat * Self.inDoubt : max(threat, Self.leastThreat)
  }
}
