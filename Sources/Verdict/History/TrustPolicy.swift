/// Whose reports may speak in favour of a source. Reports against a source count from anyone.
public enum TrustPolicy: Sendable, Hashable {
  /// Reports of every organisation, because nothing is known about the reporters.
  case everyone
  /// Reports of organisations that are trusted on their own.
  case trusted
  /// Reports on which two organisations agree, because none is trusted on its own yet.
  case corroborated
}

/// Which reporters a verdict rests on.
public enum Support: Sendable, Hashable {
  /// A trusted organisation, or several organisations.
  case sufficient
  /// Only organisations that are not trusted, although others are.
  case unknownReporters
  /// A single organisation, or several whose reports anyone could have sent, while no organisation is trusted yet.
  case singleReporter
}
