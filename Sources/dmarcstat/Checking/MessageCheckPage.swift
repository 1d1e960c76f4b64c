import DMARC
import Render
import Signatures
import Verdict

/// The output of `check message`.
struct MessageCheckPage {
  let check: MessageCheck
  /// What was verified; nil if nothing was.
  let verified: VerifiedMessage?
  /// What the store knows about the sender; nil without a store.
  let stored: StoredSenderAnswer?
  let phrasebook: Phrasebook

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("check-message.\(code)", values)
  }

  /// Whether DMARC passes; nil if that cannot be told.
  var passes: Bool? { verified.map(\.passes) ?? check.messageCase?.passes }

  private var result: String { passes.map { $0 ? "pass" : "fail" } ?? "unknown" }

  private var reasons: [(code: String, values: [String: String])] {
    check.reasons + (verified?.reasons ?? []) + (stored?.reasons ?? [])
  }

  /// - Parameter isForPeople: whether the reasons are sentences at the end, and not a table.
  func document(isForPeople: Bool) -> Document {
    var document = Document(
      facts: [
        (Column("from", "FROM FIELD"), .list(check.authors.addresses)),
        (
          Column("from_domain", "FROM DOMAIN"),
          Cell(check.authors.domains.count == 1 ? check.authors.domains[0].name : nil)
        ),
        (Column("envelope_domain", "ENVELOPE DOMAIN"), Cell(check.spf?.domain?.name)),
        (Column("host", "RESULTS OF"), Cell(check.host?.name)),
        (Column("result", "DMARC"), .text(result)),
        (
          Column("strict_result", "WITH STRICT ALIGNMENT"),
          .text(check.passesStrict.map { $0 ? "pass" : "fail" } ?? "unknown")
        ),
        (Column("reported_result", "DMARC AS REPORTED"), Cell(check.reportedDMARC)),
        (Column("case", isDetail: true), Cell(check.messageCase?.rawValue)),
        (Column("client", "DELIVERED BY"), Cell(verified?.spf.map { "\($0.client.address)" })),
        (Column("spf_now", "SPF NOW"), Cell(verified?.spf?.evaluation.result?.rawValue)),
        (Column("chain", "ARC CHAIN"), Cell(verified?.chain.status.rawValue)),
        (Column("sealers", "SEALED BY"), .list((verified?.chain.sealers ?? []).map(\.name))),
      ] + StoredSenderAnswer.facts(stored),
      sections: [
        .init("identifiers", page("identifiers"), identifiers), .init("signatures", page("signatures"), signatures),
        .init("cases", page("cases"), cases),
        .init("reasons", "", ResultTable([Column("code"), Column("text")], sentences)),
        .init("keys", "", StoredSenderAnswer.keys(stored)),
      ], main: "reasons")
    if isForPeople { document.sections.removeLast(2) }
    document.notes = [reasons.map { "- " + page($0.code, $0.values) }]
    return document
  }

  /// The envelope domain and the signatures, with their results.
  private var identifiers: ResultTable {
    let spf = check.spf.map { [("spf", $0)] } ?? []
    return ResultTable(
      [Column("method"), Column("result"), Column("domain"), Column("selector"), Column("alignment")],
      (spf + check.dkim.map { ("dkim", $0) }).map { method, identifier in
        [
          .text(method), .text(identifier.result), Cell(identifier.domain?.name), Cell(identifier.selector),
          .text(identifier.alignment.rawValue),
        ]
      })
  }

  /// The five cases, with that of this message marked.
  private var cases: ResultTable {
    ResultTable(
      [Column("this", "THIS MESSAGE"), Column("case"), Column("spf"), Column("dkim"), Column("dmarc")],
      MessageCheck.Case.allCases.map { row in
        [
          .flag(row == check.messageCase), .text(row.rawValue), .text(page("spf-\(row.rawValue)")),
          .text(page("dkim-\(row.rawValue)")), .text(row.passes ? "pass" : "fail"),
        ]
      })
  }

  /// The signatures as they were verified.
  private var signatures: ResultTable {
    ResultTable(
      [
        Column("domain"), Column("selector"), Column("algorithm"), Column("bits"), Column("result"), Column("cause"),
        Column("alignment"),
      ],
      (verified?.signatures ?? []).map { signature in
        [
          Cell(signature.domain?.name), Cell(signature.selector), Cell(signature.algorithm),
          Cell(signature.keyBits.map { Int64($0) }), .text(signature.outcome.word), Cell(signature.cause),
          .text(check.alignment(of: signature.domain).rawValue),
        ]
      })
  }

  private var sentences: [[Cell]] { reasons.map { [.text($0.code), .text(page($0.code, $0.values))] } }
}
