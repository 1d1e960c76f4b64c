import Lookup

/// A file or name server that verdicts rest on, and that cannot be used.
package enum ClassificationError: Error {
  /// The infrastructure table of the configuration cannot be read.
  case unreadableTable(String)
  /// The infrastructure table has a mistake.
  /// - Parameter problem: the line and what is wrong with it.
  case invalidTable(String, problem: String)
  /// The zone file cannot be read.
  case unreadableZone(String)
  /// The zone file has a mistake.
  /// - Parameter problem: the line and what is wrong with it.
  case invalidZone(String, problem: String)
  /// A MaxMind DB file or a name server cannot be used; the error says which and why.
  case lookup(LookupError)
}
