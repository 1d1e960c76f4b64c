import GRDB

/// What questions choose flows by.
struct FlowKind: Hashable {
  /// Whether DMARC passed, and what was aligned, as reported.
  var passesDMARC = false
  var isDKIMAligned = false
  var isSPFAligned = false
  /// Where the result comes from; see `Evaluation`.
  var evaluation = ""
  /// What the receiver did; empty if it was not reported.
  var disposition = ""
  /// The stored verdict; empty before the flow has been judged.
  var verdict = ""
  var subtype = ""
  var confidence = ""
  /// Whether the source needs review.
  var isUnknownIP = false
  /// Whether a DKIM signature did not verify, whatever passed.
  var hasFailedSignature = false

  /// Whether the messages neither passed nor failed.
  var isNotEvaluated: Bool { evaluation == "none" }
  /// Whether the messages failed DMARC.
  var fails: Bool { !passesDMARC && !isNotEvaluated }
  /// Whether the messages were quarantined or rejected.
  var isBlocked: Bool { disposition == "quarantine" || disposition == "reject" }
}

extension FlowKind {
  /// The kind of a flow without a verdict, from columns of its outcome that begin at this index: `dmarc_pass`, `dkim_aligned`, `spf_aligned`,
  /// `evaluation`, `disposition` and ``failedSignature``.
  init(unjudged row: RawStatement, from column: Int32) {
    self.init(
      passesDMARC: row.integer(at: column) != 0, isDKIMAligned: row.integer(at: column + 1) != 0,
      isSPFAligned: row.integer(at: column + 2) != 0, evaluation: row.text(at: column + 3) ?? "",
      disposition: row.text(at: column + 4) ?? "", hasFailedSignature: row.integer(at: column + 5) != 0)
  }

  /// Whether a DKIM signature did not verify, as an expression on the table `outcome`.
  static let failedSignature = """
    (dkim_results LIKE '%"result":"fail"%' OR dkim_results LIKE '%"result":"permerror"%'
      OR dkim_results LIKE '%"result":"neutral"%' OR dkim_results LIKE '%"result":"policy"%')
    """
}

/// The kinds of flows of a database, by row id.
struct FlowKinds {
  private(set) var byID: [Int64: FlowKind] = [:]
  private var ids: [FlowKind: Int64] = [:]

  /// Reads all kinds. There are as many as combinations of results and verdicts occur: some hundred.
  init(_ db: Database) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT id, dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition, verdict, subtype, confidence, unknown_ip,
          failed_signature
        FROM flow_kind
        """)
    while let row = try rows.next() {
      let kind = FlowKind(
        passesDMARC: row[1], isDKIMAligned: row[2], isSPFAligned: row[3], evaluation: row[4], disposition: row[5],
        verdict: row[6], subtype: row[7], confidence: row[8], isUnknownIP: row[9], hasFailedSignature: row[10])
      byID[row[0]] = kind
      ids[kind] = row[0]
    }
  }

  /// The row id of a kind, which is added if it is new.
  mutating func id(of kind: FlowKind, _ db: Database) throws -> Int64 {
    if let id = ids[kind] { return id }
    try db.execute(
      sql: """
        INSERT INTO flow_kind (dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition, verdict, subtype, confidence,
          unknown_ip, failed_signature)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        kind.passesDMARC, kind.isDKIMAligned, kind.isSPFAligned, kind.evaluation, kind.disposition, kind.verdict,
        kind.subtype, kind.confidence, kind.isUnknownIP, kind.hasFailedSignature,
      ])
    let id = db.lastInsertedRowID
    byID[id] = kind
    ids[kind] = id
    return id
  }

  /// The row id of the kind of a flow without a verdict, from the columns of its outcome; nil if there is no such kind.
  func unjudged(_ outcome: Row) -> Int64? {
    id(
      of: FlowKind(
        passesDMARC: outcome["dmarc_pass"], isDKIMAligned: outcome["dkim_aligned"],
        isSPFAligned: outcome["spf_aligned"], evaluation: outcome["evaluation"],
        disposition: outcome["disposition"] ?? "", hasFailedSignature: outcome["failed_signature"]))
  }

  /// The row id of a kind; nil if there is no such kind.
  func id(of kind: FlowKind) -> Int64? { ids[kind] }

  /// Row ids of the kinds for which a condition holds, in ascending order.
  func ids(where condition: (FlowKind) -> Bool) -> [Int64] {
    byID.filter { condition($0.value) }.keys.sorted()
  }
}
