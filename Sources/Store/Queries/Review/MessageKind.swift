package import DMARC
import GRDB

/// What messages have in common that a review tells apart.
package struct MessageKind: Sendable, Hashable {
  /// The stored verdict; empty before the flow has been judged.
  package var verdict, subtype, confidence: String
  /// Whether DMARC passed.
  package var passesDMARC: Bool
  /// Whether the receiver did not evaluate DMARC, so that the messages neither passed nor failed.
  package var isNotEvaluated: Bool
  /// Whether the source needs review.
  package var isUnknownIP: Bool
  /// Whether the messages were quarantined or rejected.
  package var isBlocked: Bool

  /// Creates a kind.
  package init(
    verdict: String, subtype: String = "", confidence: String = "", passesDMARC: Bool = false,
    isNotEvaluated: Bool = false, isUnknownIP: Bool = false, isBlocked: Bool = false
  ) {
    self.verdict = verdict
    self.subtype = subtype
    self.confidence = confidence
    self.passesDMARC = passesDMARC
    self.isNotEvaluated = isNotEvaluated
    self.isUnknownIP = isUnknownIP
    self.isBlocked = isBlocked
  }

  init(_ kind: FlowKind) {
    self.init(
      verdict: kind.verdict, subtype: kind.subtype, confidence: kind.confidence, passesDMARC: kind.passesDMARC,
      isNotEvaluated: kind.isNotEvaluated, isUnknownIP: kind.isUnknownIP, isBlocked: kind.isBlocked)
  }
}

/// The messages of a month.
package struct MonthSum: Sendable, Hashable {
  /// The first day of the month.
  package var start: CalendarDay
  /// Messages, those that passed DMARC, and those that were not evaluated.
  package var messages, passed, notEvaluated: Int64

  /// Creates the sums of a month.
  package init(start: CalendarDay, messages: Int64 = 0, passed: Int64 = 0, notEvaluated: Int64 = 0) {
    self.start = start
    self.messages = messages
    self.passed = passed
    self.notEvaluated = notEvaluated
  }

  /// Share of the evaluated messages that passed, 0...1; nil if there were none.
  package var passRate: Double? {
    messages > notEvaluated ? Double(passed) / Double(messages - notEvaluated) : nil
  }
}

extension ReportDatabase {
  /// The messages of each policy domain by kind.
  /// - Throws: ``StoreError``.
  package func messagesByKind(_ filter: RecordFilter) throws(StoreError) -> [String: [MessageKind: Int64]] {
    try read { db in
      let reader = try SumReader(db, filter)
      var sums: [Int64: [MessageKind: Int64]] = [:]
      try reader.forEachDomain { row in
        guard let messages = row.messages else { return }
        sums[row.domain, default: [:]][MessageKind(row.kind), default: 0].addClamped(messages)
      }
      let names: SQLRequest<Row> = "SELECT id, name FROM domain WHERE id IN \(SQL.list(sums.keys))"
      return Dictionary(uniqueKeysWithValues: try names.fetchAll(db).map { ($0[1], sums[$0[0]] ?? [:]) })
    }
  }

  /// The messages of the chosen domains in each month with any, the earliest first.
  /// - Throws: ``StoreError``.
  package func messagesByMonth(_ filter: RecordFilter) throws(StoreError) -> [MonthSum] {
    try read { db in
      let reader = try SumReader(db, filter)
      var months: [Int64: MonthSum] = [:]
      try reader.forEachDomain { row in
        guard let messages = row.messages else { return }
        let start = CalendarDay(number: row.month.days.lowerBound)
        var sum = months[start.number] ?? MonthSum(start: start)
        sum.messages.addClamped(messages)
        if row.kind.passesDMARC { sum.passed.addClamped(messages) }
        if row.kind.isNotEvaluated { sum.notEvaluated.addClamped(messages) }
        months[start.number] = sum
      }
      return months.sorted { $0.key < $1.key }.map(\.value)
    }
  }
}
