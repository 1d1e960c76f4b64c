import DMARC
import GRDB

/// What the reports of a group have in common: everything about a report that sums are chosen by.
struct ReportGroup: Hashable {
  /// UTC day that holds the middle of the period.
  var day: Int64
  /// Row id of the reporter.
  var reporter: Int64
  /// Row id of the organisation that the reports came from; 0 if it is not known.
  var organisation: Int64
  /// The UTC days that the reports cover.
  var firstDay, lastDay: Int64
  /// Whether the period cannot be.
  var isImpossible: Bool
  /// UTC day of arrival, if the period cannot be; else 0.
  var arrivalDay: Int64
  /// Whether the reports may not come from the organisation that they name.
  var isContested: Bool
  /// Whether they arrived by email.
  var cameByMail: Bool
  /// The host that authenticated the messages with the reports; empty if none did.
  var authenticatedBy: String
}

/// Finds or adds report groups.
final class ReportGroups {
  private var known: [ReportGroup: Int64] = [:]
  private static let mostKnown = 20_000
  private let find, add: RawStatement

  init(_ db: Database) throws {
    let columns = [
      "day", "reporter_id", "organisation_id", "first_day", "last_day", "impossible", "arrival_day", "contested",
      "by_mail", "authenticated_by",
    ]
    find = try RawStatement(
      db, "SELECT id FROM report_group WHERE " + columns.map { "\($0) = ?" }.joined(separator: " AND "))
    add = try RawStatement(
      db,
      """
      INSERT INTO report_group (\(columns.joined(separator: ", ")))
      VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
      """)
  }

  /// Forgets the row ids, which another process or a rollback may have changed.
  func forget() { known.removeAll(keepingCapacity: true) }

  /// The row id of a group.
  func id(of group: ReportGroup) throws -> Int64 {
    if let id = known[group] { return id }
    Self.bind(group, to: find)
    var id = try find.firstInteger()
    if id == nil {
      Self.bind(group, to: add)
      id = try add.insert()
    }
    if known.count >= Self.mostKnown { forget() }
    known[group] = id
    return id ?? 0
  }

  private static func bind(_ group: ReportGroup, to statement: RawStatement) {
    statement.bind(group.day, at: 1)
    statement.bind(group.reporter, at: 2)
    statement.bind(group.organisation, at: 3)
    statement.bind(group.firstDay, at: 4)
    statement.bind(group.lastDay, at: 5)
    statement.bind(group.isImpossible ? 1 : 0 as Int64, at: 6)
    statement.bind(group.arrivalDay, at: 7)
    statement.bind(group.isContested ? 1 : 0 as Int64, at: 8)
    statement.bind(group.cameByMail ? 1 : 0 as Int64, at: 9)
    statement.bind(group.authenticatedBy, at: 10)
  }
}
