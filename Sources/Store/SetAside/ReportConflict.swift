/// Two contents under one identity of a report.
package struct ReportConflict: Sendable {
  /// What was decided.
  package enum Decision: String, Sendable, Hashable {
    /// The stored content counts.
    case keep
    /// The other content counts.
    case take
    /// Both count.
    case both
  }

  /// One of the two contents.
  package struct Side: Sendable {
    /// Rows and messages.
    package var rows: Int64
    package var messages: Int64
    /// The path or message that it came from; nil if unknown.
    package var origin: String?
    /// The organisation that sent it; nil if unknown.
    package var organisation: String?
    /// Whether a trusted host has authenticated the sender.
    package var isAuthenticated: Bool
    /// Why what this organisation alone reports is believed: `usual` or `authenticated`; nil if it is not.
    package var standing: String?
    /// SHA-256 of the XML, hexadecimal.
    package var sha256: String
  }

  /// The number in commands, and the row id of the stored report.
  package var number: Int64
  package var report: Int64
  /// The identity.
  package var reporter: String
  package var reportID: String?
  package var policyDomain: String
  package var begin: Int64
  package var end: Int64
  /// The content that counts, or did before a decision, and the other one.
  package var stored: Side
  package var other: Side
  /// When the other content arrived, epoch seconds.
  package var seenAt: Int64
  /// The decision, and when it was taken; nil if there is none.
  package var decision: Decision?
  package var decidedAt: Int64?
  /// Nil if the other content is not kept, or if both count.
  package var comparison: ContentComparison?
}

/// Why a conflict cannot be decided.
package enum ConflictProblem: Error, Sendable, Hashable {
  /// There is no such conflict.
  case unknown(Int64)
  /// The other content is not kept; with its origin.
  case notKept(Int64, origin: String)
  /// Another decision about the same report was taken later; it has to be undone first.
  case decidedLater(Int64)
  /// The second report is no longer stored.
  case otherMissing(Int64)
}
