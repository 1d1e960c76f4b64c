import DMARC
package import Store

/// How the results of a domain got worse since the period before.
///
/// Shares are compared, because a longer or busier period has more of everything. A share counts as changed only if the difference is
/// large for the reader (``leastRise``, ``leastMessages``) and too large for chance (``leastErrors``).
package struct DomainDecline: Sendable, Hashable {
  /// What got worse, in this order. The raw values are printed.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A larger share fails DMARC.
    case failing
    /// A larger share comes from sources that need review.
    case review
    /// A smaller share of what passes has an aligned DKIM pass.
    case dkim
    /// A smaller share of what passes has an aligned SPF pass.
    case spf
    /// The published policy asks for less.
    case policy
  }

  /// One thing that got worse.
  package enum Change: Sendable, Hashable {
    /// A share, 0...1, and how many messages now differ from what the share before would give.
    case share(Kind, before: Double, now: Double, messages: Int64)
    /// A published policy, as `p=none`.
    case policy(before: String, now: String)

    /// What got worse.
    package var kind: Kind {
      switch self {
      case .share(let kind, _, _, _): kind
      case .policy: .policy
      }
    }
  }

  /// What got worse; never empty.
  package let changes: [Change]
  /// The messages of the largest change.
  package var messages: Int64 {
    changes.map { if case .share(_, _, _, let messages) = $0 { messages } else { 0 } }.max() ?? 0
  }

  /// The least change of the share that fails or needs review: one percentage point.
  package static let leastRise = 0.01
  /// The least fall of the share with aligned DKIM or SPF, which also moves with the kind of mail that was sent.
  package static let leastFall = 0.1
  /// The least number of messages that differ.
  package static let leastMessages = 10.0
  /// The least number of standard errors. Four, because messages come in bursts, so that shares vary more than by chance.
  package static let leastErrors = 4.0

  /// Compares a domain with itself in the period before; nil if nothing got worse.
  package init?(_ now: DomainSummary, since before: DomainSummary) {
    let (count, countBefore) = (now.evaluated, before.evaluated)
    func change(_ kind: Kind, _ part: Int64, _ partBefore: Int64, of whole: Double, _ wholeBefore: Double) -> Change? {
      let isFall = kind == .dkim || kind == .spf
      return Self.change(
        kind, Double(part), whole, Double(partBefore), wholeBefore, isFall: isFall,
        least: isFall ? Self.leastFall : Self.leastRise)
    }
    let changes = [
      change(.failing, now.failed, before.failed, of: count, countBefore),
      change(.review, now.unknown, before.unknown, of: Double(now.messages), Double(before.messages)),
      // Of what passes: spoofed messages have neither, and are counted above.
      change(.dkim, now.dkimAligned, before.dkimAligned, of: Double(now.passed), Double(before.passed)),
      change(.spf, now.spfAligned, before.spfAligned, of: Double(now.passed), Double(before.passed)),
      Self.weakened(before.policy, now.policy),
    ].compactMap(\.self)
    guard !changes.isEmpty else { return nil }
    self.changes = changes
  }

  private static func change(
    _ kind: Kind, _ part: Double, _ whole: Double, _ partBefore: Double, _ wholeBefore: Double, isFall: Bool,
    least: Double
  ) -> Change? {
    guard whole > 0, wholeBefore > 0 else { return nil }
    let (share, shareBefore) = (part / whole, partBefore / wholeBefore)
    let difference = isFall ? shareBefore - share : share - shareBefore
    let messages = difference * whole
    // The two-proportion test: both shares are the same, and this one is estimated from both periods.
    let common = (part + partBefore) / (whole + wholeBefore)
    let error = max(0, common * (1 - common) * (1 / whole + 1 / wholeBefore)).squareRoot()
    guard difference >= least, messages >= leastMessages, difference >= leastErrors * error else { return nil }
    return .share(kind, before: shareBefore, now: share, messages: Int64(clampedRounding: messages))
  }

  private static func weakened(_ before: String, _ now: String) -> Change? {
    func tag(_ name: String, _ policy: String) -> Substring? {
      policy.split(separator: " ").first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1)
    }
    let order: [Substring] = ["none", "quarantine", "reject"]
    guard let old = tag("p", before), let new = tag("p", now), let strength = order.firstIndex(of: old),
      let left = order.firstIndex(of: new)
    else { return nil }
    if left < strength { return .policy(before: "p=\(old)", now: "p=\(new)") }
    // RFC 9989: in test mode, receivers apply the next weaker policy.
    guard left == strength, left > 0, tag("testing", now) == "y", tag("testing", before) != "y" else { return nil }
    return .policy(before: "p=\(old)", now: "p=\(new) testing=y")
  }
}

extension DomainSummary {
  /// Messages that the receiver evaluated.
  fileprivate var evaluated: Double { Double(messages) - Double(notEvaluated) }
}
