/// What reports must show before `readiness` says yes.
package struct ReadinessThresholds: Sendable, Hashable {
  /// The share of undecided messages in those that may be the domain's own, above which nobody can tell, 0...1.
  package var undecidedShare = 0.02
  /// Days with reports: two weeks, so that every weekday is seen twice.
  package var days: Int64 = 14
  /// Reporters: what only one receiver sees may be peculiar to its users.
  package var reporters: Int64 = 2

  package init() {}
}
