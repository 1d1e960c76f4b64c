/// Whose reports may clear a source. Facts that accuse are taken from anybody.
public enum TrustPolicy: Sendable, Hashable {
  /// Everybody's: nothing is known of who reports.
  case everyone
  /// Those of organisations that are believed by themselves.
  case trusted
  /// There is none of these yet: those of two organisations that say the same.
  case corroborated
}

/// What a verdict rests on besides the rules.
public enum Support: Sendable, Hashable {
  /// On an organisation that is believed by itself, or on several.
  case sufficient
  /// Only on organisations that are not believed by themselves, though others are.
  case unknownReporters
  /// On one organisation, or on some that anybody could have named, in a store where no one is believed by itself yet.
  case singleReporter
}
