import Intake

/// What buffered events take up.
struct EventSize: Sendable {
  private var rows = 0
  private var bytes = 0

  /// Maximum number of buffered rows.
  private static let rowLimit = 16_384
  /// Approximate maximum bytes of buffered text.
  private static let byteLimit = 1 << 20

  var isFull: Bool { rows >= Self.rowLimit || bytes >= Self.byteLimit }

  mutating func add(_ event: ReportEvent) {
    // An event costs about as much as a few rows.
    rows += event.rowCount + 4
    bytes += event.weight
  }
}
