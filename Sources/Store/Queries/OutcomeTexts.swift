import DMARC
import GRDB

/// Texts of several outcomes, each once, sorted.
struct OutcomeTexts {
  /// Names of the From domains.
  private(set) var headerFroms: [String] = []
  /// Raw SPF and DKIM results, as JSON.
  private(set) var spf: [String] = []
  private(set) var dkim: [String] = []

  init(_ outcomes: Set<Int64>, _ db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT domain.name, spf_results, dkim_results FROM outcome LEFT JOIN domain ON domain.id = header_from_id
        WHERE outcome.id = ?
        """)
    var (names, spf, dkim): (Set<String>, Set<String>, Set<String>) = ([], [], [])
    for outcome in outcomes {
      guard let row = try Row.fetchOne(statement, arguments: [outcome]) else { continue }
      if let name: String = row[0] { names.insert(name) }
      spf.insert(row[1])
      dkim.insert(row[2])
    }
    headerFroms = names.sorted()
    self.spf = spf.sorted()
    self.dkim = dkim.sorted()
  }
}

extension SumReader {
  /// Names of the known senders of flows, sorted.
  func knownSenders(ofFlows flows: Set<Int64>) throws -> [String] {
    let statement = try db.cachedStatement(
      sql: "SELECT name FROM flow JOIN known_sender ON known_sender.id = known_sender_id WHERE flow.id = ?")
    var names: Set<String> = []
    for flow in flows {
      if let name = try String.fetchOne(statement, arguments: [flow]) { names.insert(name) }
    }
    return names.sorted()
  }
}
