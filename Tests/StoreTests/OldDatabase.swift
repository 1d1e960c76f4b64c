import Foundation
import GRDB
import Store

/// A database of an earlier version of the program, restored from a dump.
struct OldDatabase {
  /// The last applied migration, and whether the table of notices was created out of order.
  enum Step: String, CaseIterable, Comparable {
    case one = "step-1"
    case two = "step-2"
    case three = "step-3"
    case four = "step-4"
    case fourWithNotices = "step-4-notices"
    case five = "step-5"
    case seven = "step-7"
    case sixteen = "step-16"
    case nineteen = "step-19"
    case twenty = "step-20"
    case twentyTwo = "step-22"
    case twentyThree = "step-23"
    case twentyFour = "step-24"

    /// The step of the newest fixture, whose schema is that of today.
    static let current = Step.twentyFour

    static func < (left: Step, right: Step) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  let path: String

  init(_ step: Step, in folder: String) throws {
    path = folder + "/\(step.rawValue).sqlite"
    let dump = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(step.rawValue).sql")
    let sql = try String(contentsOf: dump, encoding: .utf8)
    try change { try $0.execute(sql: sql) }
  }

  /// Runs SQL on the file directly.
  func change(_ body: (Database) throws -> Void) throws {
    try DatabaseQueue(path: path).writeWithoutTransaction(body)
  }

  /// Every object of the schema with its text, in a fixed order.
  func schema() throws -> [String] {
    try DatabaseQueue(path: path).read { try Self.schema($0) }
  }

  static func schema(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, '') FROM sqlite_master
        ORDER BY type, name
        """)
  }
}
