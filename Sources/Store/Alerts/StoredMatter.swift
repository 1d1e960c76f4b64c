import DMARC
import GRDB

/// A matter that somebody is told about, as it is stored.
package struct StoredMatter: Sendable, Hashable {
  /// Its row id; nil if it is not stored yet.
  package var id: Int64?
  /// The rule that raised it, and what it is about.
  package var rule, subject: String
  package var severity: String
  /// The first day, and the first day on which it was over; in days since 1970-01-01.
  package var since: Int64
  package var ended: Int64?
  /// Whether its beginning and its end were told.
  package var begunTelling: String
  package var endedTelling: String?
  /// Everything about it as JSON.
  package var detail: String

  /// Creates a matter.
  package init(
    id: Int64?, rule: String, subject: String, severity: String, since: Int64, ended: Int64?, begunTelling: String,
    endedTelling: String?, detail: String
  ) {
    (self.id, self.rule, self.subject, self.severity) = (id, rule, subject, severity)
    (self.since, self.ended, self.detail) = (since, ended, detail)
    (self.begunTelling, self.endedTelling) = (begunTelling, endedTelling)
  }

  init(_ row: Row) {
    self.init(
      id: row["id"], rule: row["rule"], subject: row["subject"], severity: row["severity"], since: row["since"],
      ended: row["ended"], begunTelling: row["begun_telling"], endedTelling: row["ended_telling"],
      detail: row["detail"])
  }

  static let columns = "id, rule, subject, severity, since, ended, begun_telling, ended_telling, detail"
}

/// Which matters nobody is told about for some time.
package struct StoredMute: Sendable, Hashable {
  package var id: Int64?
  /// The rule, the policy domain and the sender; nil for any.
  package var rule, domain, sender: String?
  /// The last day, in days since 1970-01-01; nil for ever.
  package var until: Int64?
  package var note: String?
  /// Epoch seconds.
  package var madeAt: Int64

  /// Creates a mute.
  package init(
    id: Int64? = nil, rule: String?, domain: String?, sender: String?, until: Int64?, note: String?, madeAt: Int64
  ) {
    (self.id, self.rule, self.domain, self.sender) = (id, rule, domain, sender)
    (self.until, self.note, self.madeAt) = (until, note, madeAt)
  }
}

/// How far earlier runs have looked for matters.
package struct MatterProgress: Sendable, Hashable {
  /// The day of the first run; nil if there was none.
  package var firstDay: Int64?
  /// The day on which all policy domains were last looked at.
  package var fullDay: Int64?
  /// The newest report that was looked at, by its row id.
  package var report: Int64
  /// How often matters were stored, so that a run notices another.
  package var runs: Int64
  /// The row id of the newest state of a published record that a run has considered.
  package var record: Int64

  /// Creates progress.
  package init(firstDay: Int64?, fullDay: Int64?, report: Int64, runs: Int64 = 0, record: Int64 = 0) {
    (self.firstDay, self.fullDay, self.report, self.runs) = (firstDay, fullDay, report, runs)
    self.record = record
  }
}
