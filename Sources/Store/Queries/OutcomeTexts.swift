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
  init(_ outcomes: Set<Int64>, _ statement: RawStatement) throws {
    var (names, spf, dkim): (Set<String>, Set<String>, Set<String>) = ([], [], [])
    for outcome in outcomes {
      statement.bind(outcome, at: 1)
      try statement.eachRow { row in
        if let name = row.text(at: 0) { names.insert(name) }
        spf.insert(row.text(at: 1) ?? "[]")
        dkim.insert(row.text(at: 2) ?? "[]")
      }
    }
    headerFroms = names.sorted()
    self.spf = spf.sorted()
    self.dkim = dkim.sorted()
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
