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
    Column("advice"), Column("issues"), Column("evaluation"), Column("decision"), Column("addresses"),
    Column("messages_before"), Column("change"),
  ]

  /// A line as cells; `advice` returns what to do about it.
  package static func row(_ line: ExportRow, advice: (ExportRow) -> String?) -> [Cell] {
    let dmarc = line.passedDMARC ? "pass" : line.outcome.evaluation == .none ? "none" : "fail"
    let todo = advice(line)
    let outcomes = [line.outcome] + line.otherOutcomes
    return [
      .text(line.policyDomain), .text(source(line)), .integer(line.messages), .text(dmarc), Cell(line.verdict),
      Cell(line.subtype), Cell(line.confidence), .flag(line.unknownIP), Cell(line.knownSender), Cell(line.headerFrom),
      Cell(line.envelopeFrom), .flag(line.dkimAligned), .flag(line.spfAligned),
      .list(distinct(outcomes.map { ResultText.dkim($0.dkim) })),
      .list(distinct(outcomes.map { ResultText.spf($0.spf) })),
      Cell(disposition(line)), .integer(line.reporters), .text("\(line.firstDay)"), .text("\(line.lastDay)"),
      Cell(todo),
      .list(line.issues), .text(line.outcome.evaluation.rawValue), .flag(line.isDecision), .integer(line.addresses),
      Cell(line.messagesBefore), Cell(change(line)),
    ]
  }

  /// The address, or the networks of a campaign.
  private static func source(_ line: ExportRow) -> String {
    guard line.addresses > 1 else { return line.source }
    guard line.networks == 1, let address = IPAddress(line.source),
      let network = CIDR(address, length: address.isIPv6 ? 64 : 24)
    else { return "campaign of \(line.networks) networks" }
    return "\(network)"
  }

  private static func disposition(_ line: ExportRow) -> String? {
    line.otherDispositions.isEmpty
      ? line.disposition : ([line.disposition].compactMap(\.self) + line.otherDispositions).joined(separator: ", ")
  }

  private static func change(_ line: ExportRow) -> String? {
    switch line.change {
    case .new: "new"
    case .changed(let verdict): "was \(verdict)"
    case nil: nil
    }
  }

  /// The results of several outcomes, each once.
  private static func distinct(_ results: [[String]]) -> [String] {
    guard results.count > 1 else { return results.first ?? [] }
    var seen: Set<String> = []
    return results.joined().filter { seen.insert($0).inserted }
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
