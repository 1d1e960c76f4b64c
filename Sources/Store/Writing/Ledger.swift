import DMARC
import GRDB

/// What became of one report, or of a whole input, in the ledger's words.
public struct LedgerItem: Sendable, Hashable {
  /// Name within the archive; nil where the file itself is meant.
  public var member: String?
  /// What became of it.
  public var outcome: Outcome

  /// What the ledger can say.
  public enum Outcome: Sendable, Hashable {
    case stored(StoringOutcome)
    case rejected(Rejection)
    case notAReport(kind: String)
  }

  /// An item of the ledger.
  public init(member: String?, _ outcome: Outcome) {
    self.member = member
    self.outcome = outcome
  }
}

/// Which inputs have been looked at, so that the next run looks at what is new, by name, size and time alone.
extension IngestWriter {
  /// Writes down what became of an input, in place of what was known of it.
  public func record(path: String, size: Int64, modified: Int64, _ items: [LedgerItem]) throws {
    let id = try ledger.input(path: path, size: size, modified: modified, triedAt: now)
    for (ordinal, item) in items.enumerated() { try ledger.add(item, ordinal, to: id) }
  }
}

/// The statements that write the ledger.
final class LedgerStatements {
  private let find, add, change, clear, addItem: RawStatement

  init(_ db: Database) throws {
    find = try RawStatement(db, "SELECT id FROM input WHERE path = ?")
    add = try RawStatement(db, "INSERT INTO input (size, modified, tried_at, path) VALUES (?, ?, ?, ?)")
    change = try RawStatement(db, "UPDATE input SET size = ?, modified = ?, tried_at = ? WHERE id = ?")
    clear = try RawStatement(db, "DELETE FROM input_item WHERE input_id = ?")
    addItem = try RawStatement(
      db,
      """
      INSERT INTO input_item (input_id, ordinal, member, outcome, report_id, code, cause, line, next_step)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  /// The row of an input, made or brought up to date, without any items.
  func input(path: String, size: Int64, modified: Int64, triedAt: Int64) throws -> Int64 {
    find.bind(path, at: 1)
    let known = try find.firstInteger()
    let statement = known == nil ? add : change
    statement.bind(size, at: 1)
    statement.bind(modified, at: 2)
    statement.bind(triedAt, at: 3)
    guard let known else {
      add.bind(path, at: 4)
      return try add.insert()
    }
    change.bind(known, at: 4)
    try change.run()
    clear.bind(known, at: 1)
    try clear.run()
    return known
  }

  func add(_ item: LedgerItem, _ ordinal: Int, to input: Int64) throws {
    addItem.bind(input, at: 1)
    addItem.bind(Int64(ordinal), at: 2)
    addItem.bind(item.member, at: 3)
    var report: Int64?
    var why: Rejection?
    var kind: String?
    let outcome: String
    switch item.outcome {
    case .stored(.ingested(let id)): (outcome, report) = ("ingested", id)
    case .stored(.duplicate(let id)): (outcome, report) = ("duplicate", id)
    case .stored(.conflict(let id)): (outcome, report) = ("conflict", id)
    case .rejected(let rejection): (outcome, why) = ("rejected", rejection)
    case .notAReport(let what): (outcome, kind) = ("not-a-report", what)
    }
    addItem.bind(outcome, at: 4)
    addItem.bind(report, at: 5)
    addItem.bind(why?.code.rawValue, at: 6)
    addItem.bind(why?.cause ?? kind, at: 7)
    addItem.bind(why?.line.map(Int64.init), at: 8)
    addItem.bind(why?.nextStep, at: 9)
    try addItem.run()
  }
}

extension ReportDatabase {
  /// How an input stands in the ledger.
  public enum LedgerState: Sendable {
    /// Never seen, or changed since.
    case new
    /// Seen as it is now, and nothing in it was rejected.
    case done
    /// Seen as it is now, and something in it was rejected.
    case rejected
  }

  /// Asks the ledger about inputs, given as path, size and time of change.
  /// - Throws: ``StoreError``.
  public func ledgerStates(
    of inputs: some Sequence<(path: String, size: Int64, modified: Int64)>
  ) throws(StoreError) -> [LedgerState] {
    try read { db in
      let statement = try RawStatement(
        db,
        """
        SELECT EXISTS (SELECT * FROM input_item WHERE input_id = input.id AND outcome = 'rejected')
        FROM input WHERE path = ? AND size = ? AND modified = ?
        """)
      return try inputs.map { input in
        statement.bind(input.path, at: 1)
        statement.bind(input.size, at: 2)
        statement.bind(input.modified, at: 3)
        return switch try statement.firstInteger() {
        case nil: .new
        case 0?: .done
        default: .rejected
        }
      }
    }
  }
}
