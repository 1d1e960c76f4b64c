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
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO input (path, size, modified, tried_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified, tried_at = excluded.tried_at
        RETURNING id
        """)
    guard let id = try Int64.fetchOne(statement, arguments: [path, size, modified, now]) else { return }
    try db.cachedStatement(sql: "DELETE FROM input_item WHERE input_id = ?").execute(arguments: [id])
    for (ordinal, item) in items.enumerated() { try insert(item, ordinal, inputID: id) }
  }

  private func insert(_ item: LedgerItem, _ ordinal: Int, inputID: Int64) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO input_item (input_id, ordinal, member, outcome, report_id, code, cause, line, next_step)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    let head: [(any DatabaseValueConvertible)?] = [inputID, ordinal, item.member]
    let tail: [(any DatabaseValueConvertible)?] =
      switch item.outcome {
      case .stored(.ingested(let report)): ["ingested", report, nil, nil, nil, nil]
      case .stored(.duplicate(let report)): ["duplicate", report, nil, nil, nil, nil]
      case .stored(.conflict(let report)): ["conflict", report, nil, nil, nil, nil]
      case .rejected(let why): ["rejected", nil, why.code.rawValue, why.cause, why.line, why.nextStep]
      case .notAReport(let kind): ["not-a-report", nil, nil, kind, nil, nil]
      }
    try statement.execute(arguments: StatementArguments(head + tail))
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
      let statement = try db.makeStatement(
        sql: """
          SELECT EXISTS (SELECT * FROM input_item WHERE input_id = input.id AND outcome = 'rejected')
          FROM input WHERE path = ? AND size = ? AND modified = ?
          """)
      return try inputs.map { input in
        let rejected = try Bool.fetchOne(statement, arguments: [input.path, input.size, input.modified])
        return switch rejected {
        case nil: .new
        case false?: .done
        case true?: .rejected
        }
      }
    }
  }
}
