package import Store
import Verdict

extension ReadinessReport.Effect {
  /// The share of the days with reports from which a source is steady.
  private static let steadyShare = 0.5
  /// The fewest days of a steady source.
  private static let fewestSteadyDays: Int64 = 7

  /// What a stricter policy does to the messages of a flow.
  /// - Parameter days: days with reports in the period.
  package init(_ flow: FailingFlow, of days: Int64) {
    switch Verdict(rawValue: flow.verdict) {
    case .ownMisconfigured, .subdomainAlignment, .receiverError:
      self = flow.confidence == "low" ? .undecided : .yours
    case .misalignedService: self = flow.isDeclared || !flow.isUnknownIP ? .yours : .undecided
    case .forwarded, .forwardedModified, .mailingList: self = flow.isUnknownIP ? .undecided : .passedOn
    case .unknownUnauthenticated:
      // A server that nobody declared sends on most days, and looks like abuse until someone has asked.
      let isSteady =
        flow.days >= Self.fewestSteadyDays && Double(flow.days) >= Double(days) * Self.steadyShare
        && flow.subtype != "forwarded-unauthenticated"
      self = flow.subtype == "undecided" || isSteady ? .undecided : .abuse
    default: self = .undecided
    }
  }
}
