import DMARC
import GRDB

/// Texts of several outcomes, each once, sorted.
struct OutcomeTexts {
  /// Names of the From domains.
  private(set) var headerFroms: [String] = []
  /// Raw SPF and DKIM results, as JSON.
  private(set) var spf: [String] = []
  private(set) var dkim: [String] = []

  /// The query for one outcome, to be prepared once for many texts.
  static func statement(_ db: Database) throws -> RawStatement {
    try RawStatement(
      db,
      """
      SELECT domain.name, spf_results, dkim_results FROM outcome LEFT JOIN domain ON domain.id = header_from_id
      WHERE outcome.id = ?
      """)
  }

  /// - Parameter statement: of ``statement(_:)``.
  init(_ outcomes: RowSet, _ statement: RawStatement) throws {
    var (names, spf, dkim) = (DistinctTexts(), DistinctTexts(), DistinctTexts())
    try outcomes.forEachID { outcome in
      statement.bind(outcome, at: 1)
      try statement.eachRow { row in
        if !row.isNull(at: 0) { names.insert(row, 0) }
        spf.insert(row, 1)
        dkim.insert(row, 2)
      }
    }
    headerFroms = names.texts.sorted()
    self.spf = spf.texts.sorted()
    self.dkim = dkim.texts.sorted()
  }
}

/// Distinct texts of rows. Rows with the same text often follow each other, and are compared as bytes.
private struct DistinctTexts {
  private(set) var texts: Set<String> = []
  private var last: [UInt8]?

  mutating func insert(_ row: RawStatement, _ column: Int32) {
    let isKnown = row.withBytes(at: column) { bytes in last.map { $0.elementsEqual(bytes) } ?? false }
    guard !isKnown else { return }
    last = row.withBytes(at: column) { Array($0) }
    texts.insert(row.text(at: column) ?? "[]")
  }
}

extension SumReader {
  /// Names of the known senders of flows, sorted.
  func knownSenders(ofFlows flows: some Collection<Int64>) throws -> [String] {
    guard hasKnownSenders else { return [] }
    let statement = try RawStatement(db, "SELECT known_sender_id FROM flow WHERE id = ?")
    var senders: Set<Int64> = []
    for flow in flows {
      statement.bind(flow, at: 1)
      if let sender = try statement.firstInteger() { senders.insert(sender) }
    }
    let request: SQLRequest<String> = "SELECT name FROM known_sender WHERE id IN \(SQL.list(senders)) ORDER BY name"
    return try request.fetchAll(db).sorted()
  }
}
