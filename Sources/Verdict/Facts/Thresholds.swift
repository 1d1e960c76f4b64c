/// The numbers that the rules compare with. Design choices, so each can be set in the configuration.
public struct Thresholds: Sendable, Hashable {
  /// Messages from which on the usual origins of a selector are known.
  public var originMessages: Int64 = 20
  /// Share of a selector's messages from which on an infrastructure counts as an origin, 0...1.
  public var originShare = 0.2
  /// Copies of one selector on one day from which on a replay is thought of, in messages.
  public var replayCopies: Int64 = 100
  /// Infrastructures never seen before on one day that make a replay a burst.
  public var replayNewInfrastructures: Int64 = 20
  /// Messages a day up to which mail looks like single mails passed on.
  public var smallMessages: Int64 = 10
  /// The same as a share of the domain's daily messages, 0...1; the greater of the two counts.
  public var smallShare = 0.05
  /// Messages a day that nothing vouches for, from which on they look like abuse.
  public var spoofMessages: Int64 = 50
  /// Addresses a day that nothing vouches for, from which on they look like abuse.
  public var spoofAddresses: Int64 = 10
  /// Share of signed mail from which on a domain counts as one that signs everything, 0...1.
  public var alwaysSigns = 0.95
  /// Share of signed mail below which a domain counts as one that hardly signs, 0...1.
  public var hardlySigns = 0.5

  /// The numbers as they come.
  public init() {}
}
