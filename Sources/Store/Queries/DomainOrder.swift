import DMARC

/// An order of domains, the one that most needs attention first. The raw values are words of the command line.
package enum DomainOrder: String, Sendable, Hashable, CaseIterable {
  /// Most messages.
  case messages
  /// Most messages that failed DMARC.
  case failed
  /// The lowest pass rate.
  case rate
  /// The pass rate that fell most since the period before.
  case change
  /// Most messages from sources that need review.
  case unknown
  /// Most messages that were quarantined or rejected.
  case blocked
  /// By name.
  case name

  /// The rank of a domain, lowest first; equal ranks are in the order of the names. What a domain has no value for comes last.
  package func rank(_ domain: DomainSummary) -> Int64 {
    switch self {
    case .messages: -domain.messages
    case .failed: -domain.failed
    case .rate: Self.rank(domain.passRate)
    case .change: Self.rank(domain.passRate.flatMap { now in domain.passRateBefore.map { now - $0 } })
    case .unknown: -domain.unknown
    case .blocked: -domain.quarantined.addingClamped(domain.rejected)
    case .name: 0
    }
  }

  /// A share or a difference of two as an integer, so that it is the same after it was written and read.
  private static func rank(_ share: Double?) -> Int64 { share.map { Int64(clampedRounding: $0 * 1e15) } ?? .max }
}
