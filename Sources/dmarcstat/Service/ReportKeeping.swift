import Classification
import DMARC
import Settings
import Store

/// Deletes reports that are older than `keep` in the configuration.
struct ReportKeeping {
  let database: ReportDatabase
  let configuration: Configuration

  /// The share of the file that may stay free after the daily round, because the next reports need it anyway.
  private static let freeShare = 0.1

  /// Does so once a day, after an ingest: nothing happens if it is done for today.
  /// - Parameter note: takes a sentence about what was deleted.
  func run(today: CalendarDay, note: (String) -> Void) throws {
    guard let keep = configuration.keep, let first = keep.firstDay(on: today) else { return }
    let last = try database.prunedDay()
    guard last != first else { return }
    let removed = try database.prune(before: first).removed
    guard removed > 0 else { return }
    // To find names that nothing refers to takes a scan of the store: once a month.
    if last?.components.month != first.components.month { try database.deleteUnusedNames() }
    try judge()
    try database.shrink(leaving: Self.freeShare)
    note(Self.sentence(removed, before: first, keep))
  }

  /// Verdicts rest on all reports of an organisation.
  func judge() throws { try Classifier(configuration, database).refresh(database, all: true) }

  /// What a run has done, or would do.
  static func sentence(
    _ removed: Int, before day: CalendarDay, _ keep: Retention? = nil, isTrial: Bool = false
  ) -> String {
    let reason = keep.map { " (keep: \($0))" } ?? ""
    let reports = IngestSummary.count(removed, "report", "reports")
    return "\(reports) for days before \(day) \(isTrial ? "would be" : removed == 1 ? "was" : "were") removed\(reason)."
  }
}
