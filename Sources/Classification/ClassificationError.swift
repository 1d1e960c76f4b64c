package import Lookup

/// An error in a file or name server that classification depends on.
package enum ClassificationError: Error {
  /// The infrastructure table of the configuration cannot be read.
  case unreadableTable(String)
  /// The infrastructure table contains an error.
  /// - Parameter problem: the line, and what is wrong there.
  case invalidTable(String, problem: String)
  /// The zone file cannot be read.
  case unreadableZone(String)
  /// The zone file contains an error.
  /// - Parameter problem: the line, and what is wrong there.
  case invalidZone(String, problem: String)
  /// A MaxMind DB file or a name server cannot be used; the error names it and the cause.
  case lookup(LookupError)
}
