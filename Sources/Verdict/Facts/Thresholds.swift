/// The thresholds of the rules. They are design choices, so each can be changed.
public struct Thresholds: Sendable, Hashable {
  /// The number of messages from which the usual origins of a selector are considered known.
  public var originMessages: Int64 = 20
  /// The share of a selector's messages from which an infrastructure counts as an origin, 0...1.
  public var originShare = 0.2
  /// The number of messages with one selector from elsewhere on one day that may be a replay.
  public var replayCopies: Int64 = 100
  /// The number of new infrastructures on one day that make a replay a burst.
  public var replayNewInfrastructures: Int64 = 20
  /// The number of messages per day up to which a flow looks like individually forwarded messages.
  public var smallMessages: Int64 = 10
  /// The same as a share of the domain's messages per day, 0...1. The greater of the two counts.
  public var smallShare = 0.05
  /// The number of unauthenticated messages per day that looks like abuse.
  public var spoofMessages: Int64 = 50
  /// The number of addresses per day with unauthenticated messages that looks like abuse.
  public var spoofAddresses: Int64 = 10
  /// The share of signed messages from which a domain is assumed to sign everything, 0...1.
  public var alwaysSigns = 0.95
  /// The share of signed messages below which a domain is assumed to sign rarely, 0...1.
  public var hardlySigns = 0.5
  /// The number of days with intact messages from which a relay is known.
  public var steadyDays: Int64 = 4
  /// The number of days from the first to the last of them.
  public var steadySpan: Int64 = 21

  /// Creates the default thresholds.
  public init() {}
}
