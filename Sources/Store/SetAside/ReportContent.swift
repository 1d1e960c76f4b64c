import DMARC
import Foundation
import GRDB

/// A whole report without row ids, so that it can be deleted from the tables and put back later.
///
/// Columns are taken from the tables as they are, and references become the unique value of the row that they point to. A column that a
/// later migration adds is therefore kept without a change here; one that is missing in an old content gets its default.
struct ReportContent: Codable {
  typealias Columns = [String: StoredColumn]

  /// One record: its own columns, and indexes into the tables of the content.
  struct Entry: Codable {
    var columns: Columns
    var source: Int
    var outcome: Int
    var policy: Int
  }

  /// The columns of `report`.
  var report: Columns
  var policies: [Columns] = []
  var outcomes: [Columns] = []
  var sources: [Columns] = []
  /// The rows of `source_host`, which would be lost with an address that only this report mentions.
  var hosts: [Columns] = []
  var records: [Entry] = []
  var warnings: [Columns] = []
  var mail: Columns?

  /// The unique column of each table that others refer to.
  static let keys = [
    "reporter": "name", "domain": "name", "sending_organisation": "name", "policy": "key", "outcome": "key",
    "source": "address",
  ]

  /// The content as text.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// The content from its text.
  /// - Throws: `DecodingError` if it is not a content.
  static func decode(_ json: String) throws -> ReportContent {
    var content = try JSONDecoder().decode(ReportContent.self, from: Data(json.utf8))
    for index in content.policies.indices { hashKey(of: &content.policies[index]) }
    for index in content.outcomes.indices { hashKey(of: &content.outcomes[index]) }
    return content
  }

  /// Earlier versions stored canonical forms as keys, where there are hashes of them now.
  private static func hashKey(of columns: inout Columns) {
    guard let form = columns["key"]?.text else { return }
    columns["key"] = .blob(CanonicalHash(of: form.utf8).bytes)
  }
}

/// The references of a table: the table that each column points to.
struct TableReferences {
  private var targets: [String: String] = [:]

  init(_ table: String, _ db: Database) throws {
    for row in try Row.fetchAll(
      db, sql: "SELECT \"from\" AS c, \"table\" AS t FROM pragma_foreign_key_list(?)", arguments: [table])
    {
      targets[row["c"]] = row["t"] as String
    }
  }

  /// The target of a column, and its unique column; nil for a column that holds a plain value.
  func target(_ column: String) -> (table: String, key: String)? {
    guard let table = targets[column], let key = ReportContent.keys[table] else { return nil }
    return (table, key)
  }
}
