import DMARC
import GRDB

/// The reports that a command about reports concerns; conditions are combined with and.
package struct ReportSelection: Sendable {
  /// Row ids; empty for any.
  package var numbers: [Int64] = []
  /// Names of reporters or sending organisations, in any case; empty for any.
  package var reporters: [String] = []
  /// Part of the path of an input that contained the report; nil for any.
  package var origin: String?
  /// Only reports that are contested.
  package var isContested = false
  /// Only reports that come after the one of this day and with this number, in the order of a list: the latest day and the highest
  /// number first; nil for all.
  package var after: (day: Int64, number: Int64)?
  /// Policy domains, days and the maximum number of rows.
  package var filter = RecordFilter()

  /// Creates a selection of all reports.
  package init() {}

  /// Whether it names any report by its number.
  package var isByNumber: Bool { !numbers.isEmpty }

  /// A condition on the tables `report` and `reporter`.
  var condition: SQL {
    var parts: [SQL] = [filter.condition]
    if !numbers.isEmpty { parts.append("report.id IN \(SQL.list(numbers))") }
    if isContested { parts.append("report.contested") }
    if let after { parts.append("(report.day, report.id) < (\(after.day), \(after.number))") }
    if !reporters.isEmpty {
      let names = SQL.list(reporters.map { $0.lowercased() })
      parts.append(
        """
        (lower(reporter.name) IN \(names) OR report.sending_organisation_id IN
          (SELECT id FROM sending_organisation WHERE lower(name) IN \(names)))
        """)
    }
    if let origin {
      parts.append(
        """
        EXISTS (SELECT * FROM input_item JOIN input ON input.id = input_id
          WHERE input_item.report_id = report.id AND instr(input.path, \(origin)) > 0)
        """)
    }
    return "(\(parts.joined(operator: .and)))"
  }

  static let tables: SQL = "report JOIN reporter ON reporter.id = report.reporter_id"
}

/// The sums of some reports.
package struct ReportSums: Sendable, Hashable {
  /// Numbers of reports, rows and messages.
  package var reports = 0, rows: Int64 = 0, messages: Int64 = 0

  /// Creates sums of no reports.
  package init() {}

  mutating func add(rows: Int64, messages: Int64) {
    reports += 1
    self.rows = self.rows.addingClamped(rows)
    self.messages = self.messages.addingClamped(messages)
  }
}
