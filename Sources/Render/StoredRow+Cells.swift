import DMARC
package import Store

extension StoredRow {
  /// The row as columns and cells; columns with epoch seconds become timestamps.
  package var cells: [(Column, Cell)] {
    let from = zip(columns, values).first { $0.0 == "header_from" }?.1
    return zip(columns, values).map { name, value in
      let cell = Cell(shown: value, column: name)
      if case .json(let json, .dkimResults) = cell, case .text(let from)? = from {
        return (Column(name), .json(json, .dkimResultsFor(from)))
      }
      return (Column(name), cell)
    }
  }
}

extension ResultTable {
  /// Creates a table from rows of the database; all rows must have the columns of the first.
  package init(_ rows: [StoredRow]) {
    self.init(rows.first?.cells.map(\.0) ?? [], rows.map { $0.cells.map(\.1) })
  }
}

extension ResultTable {
  /// What one address sent.
  package init(_ flows: [SourceFlow]) {
    let columns = [
      "policy_domain", "header_from", "messages", "verdict", "subtype", "confidence", "rule", "dmarc_pass",
      "disposition", "envelope_from", "dkim_results", "spf_results", "reasons", "first_day", "last_day",
      "evaluation",
    ]
    self.init(
      columns.map { Column($0) },
      flows.map { flow in
        [
          .text(flow.policyDomain), Cell(flow.headerFrom), .integer(flow.messages), Cell(flow.verdict),
          Cell(flow.subtype), Cell(flow.confidence), Cell(flow.rule), .integer(flow.passedDMARC ? 1 : 0),
          Cell(flow.disposition), Cell(flow.envelopeFrom),
          .json(flow.dkimResults, .dkimResultsFor(flow.headerFrom ?? flow.policyDomain)),
          .json(flow.spfResults, .spfResults), .json(flow.reasons, .reasons), .text("\(flow.firstDay)"),
          .text("\(flow.lastDay)"), .text(flow.evaluation.rawValue),
        ]
      })
  }
}

extension Cell {
  /// A time, epoch seconds, as a timestamp.
  package init(epoch: Int64) { self = .text(timestamp(epoch)) }

  fileprivate init(shown value: StoredValue, column: String) {
    switch (column, value) {
    case ("begin", .integer(let epoch)), ("end", .integer(let epoch)), ("ingested_at", .integer(let epoch)),
      ("tried_at", .integer(let epoch)), ("seen_at", .integer(let epoch)),
      ("set_aside_at", .integer(let epoch)), ("decided_at", .integer(let epoch)), ("added_at", .integer(let epoch)):
      self = .text(timestamp(epoch))
    default: self.init(value, column: column)
    }
  }
}
