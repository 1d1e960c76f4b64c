package import DMARC
import Settings

/// What stored reports say about the mail of a domain, as far as a plan needs it.
package struct SetupMail: Sendable {
  /// Failing messages of one sender.
  package struct Stream: Sendable, Hashable {
    /// The display name, which is untrusted, and the verdict.
    package var name, verdict: String
    /// What a stricter policy does to them.
    package var effect: ReadinessReport.Effect
    package var messages: Int64
    /// What to do about them.
    package var advice: String

    package init(name: String, verdict: String, effect: ReadinessReport.Effect, messages: Int64, advice: String) {
      (self.name, self.verdict, self.effect) = (name, verdict, effect)
      (self.messages, self.advice) = (messages, advice)
    }
  }

  /// The sums of the period.
  package var figures: ReadinessFigures
  /// The first and last day of the period.
  package var period: ClosedRange<CalendarDay>
  /// The policy that the newest reports show; nil if that is not known.
  package var policy: PolicyRecord?
  /// The day since which all reports show this policy; nil if they never showed another.
  package var policySince: CalendarDay?
  /// The streams of failing messages.
  package var streams: [Stream]

  package init(
    figures: ReadinessFigures, period: ClosedRange<CalendarDay>, policy: PolicyRecord?, policySince: CalendarDay?,
    streams: [Stream]
  ) {
    (self.figures, self.period, self.streams) = (figures, period, streams)
    (self.policy, self.policySince) = (policy, policySince)
  }

  func streams(_ effect: ReadinessReport.Effect) -> [Stream] { streams.filter { $0.effect == effect } }
}
