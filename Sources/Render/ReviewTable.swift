import DMARC
package import Store

/// The rows of the monthly review.
package enum ReviewTable {
  /// The columns: one for each fact of an `ExportRow`, and the advice.
  package static let columns = [
    Column("policy_domain"), Column("source_ip"), Column("messages"), Column("dmarc"), Column("verdict"),
    Column("subtype"), Column("confidence"), Column("look_at_it"), Column("known_sender"), Column("header_from"),
    Column("envelope_from"), Column("dkim_aligned"), Column("spf_aligned"), Column("dkim_results"),
    Column("spf_results"), Column("disposition"), Column("reporters"), Column("first_day"), Column("last_day"),
    Column("advice"), Column("issues"), Column("evaluation"),
  ]

  /// A line as cells; `advice` returns what to do about it.
  package static func row(_ line: ExportRow, advice: (ExportRow) -> String?) -> [Cell] {
    let dmarc = line.passedDMARC ? "pass" : line.outcome.evaluation == .none ? "none" : "fail"
    let todo = advice(line)
    return [
      .text(line.policyDomain), .text(line.source), .integer(line.messages), .text(dmarc), Cell(line.verdict),
      Cell(line.subtype), Cell(line.confidence), .flag(line.unknownIP), Cell(line.knownSender), Cell(line.headerFrom),
      Cell(line.envelopeFrom), .flag(line.dkimAligned), .flag(line.spfAligned),
      .list(ResultText.dkim(line.outcome.dkim)), .list(ResultText.spf(line.outcome.spf)),
      Cell(line.disposition), .integer(line.reporters), .text("\(line.firstDay)"), .text("\(line.lastDay)"), Cell(todo),
      .list(line.issues), .text(line.outcome.evaluation.rawValue),
    ]
  }
}

extension Cell {
  /// The cell of a stored value; columns with JSON stay JSON.
  package init(_ value: StoredValue, column: String) {
    self =
      switch value {
      case .null: .null
      case .integer(let number): .integer(number)
      case .real(let number): .number(number)
      case .text(let text): Self.stored(text, column)
      }
  }

  private static func stored(_ text: String, _ column: String) -> Cell {
    switch column {
    case "dkim_results": .json(text, .dkimResults)
    case "spf_results": .json(text, .spfResults)
    case "reasons": .json(text, .reasons)
    case "errors", "dkim_signatures", "dkim_passed": .json(text, .other)
    default: .text(text)
    }
  }
}
