/// What the two contents of a conflict have in common.
package struct ContentComparison: Sendable, Hashable {
  /// The relation of the other content to the stored one.
  package enum Relation: String, Sendable, Hashable {
    /// The other has all rows of the stored one, and more.
    case superset
    /// The stored one has all rows of the other, and more.
    case subset
    /// They have no row in common.
    case disjoint
    /// They have the same rows, and one of them has lost content.
    case equal
    /// Anything else.
    case overlapping
  }

  /// A row of either content.
  package struct Line: Sendable, Hashable {
    /// The source address, the From domain, and what the reporter evaluated and did.
    package var source, headerFrom, dkim, spf, disposition: String?
    /// Messages in each content; nil if it does not have the row.
    package var stored, other: Int64?
  }

  /// Rows only in the stored content, only in the other, in both, and in both with other counts.
  package private(set) var onlyStored = 0, onlyOther = 0, same = 0, changed = 0
  /// All rows that differ, then those in both.
  package private(set) var lines: [Line] = []

  /// The relation of the two.
  package var relation: Relation {
    if changed > 0 { return .overlapping }
    return switch (onlyStored, onlyOther) {
    case (0, 0): .equal
    case (0, _): .superset
    case (_, 0): .subset
    default: same == 0 ? .disjoint : .overlapping
    }
  }

  /// Whether taking the other content loses no row and counts none twice.
  package var isSafeToTake: Bool { relation == .superset }

  init(stored: ReportContent, other: ReportContent) {
    var (left, right) = (Self.rows(stored), Self.rows(other))
    var common: [Line] = []
    for key in Set(left.keys).union(right.keys).sorted() {
      var (ours, theirs) = (left.removeValue(forKey: key) ?? [], right.removeValue(forKey: key) ?? [])
      // Equal counts first, then the remaining rows of the same kind in order.
      for line in ours {
        guard let index = theirs.firstIndex(where: { $0.stored == line.stored }) else { continue }
        theirs.remove(at: index)
        if let mine = ours.firstIndex(of: line) { ours.remove(at: mine) }
        same += 1
        common.append(Self.pair(line, line.stored))
      }
      for (index, line) in ours.enumerated() {
        if index < theirs.count {
          changed += 1
          lines.append(Self.pair(line, theirs[index].stored))
        } else {
          onlyStored += 1
          lines.append(line)
        }
      }
      for line in theirs.dropFirst(ours.count) {
        onlyOther += 1
        var line = line
        (line.stored, line.other) = (nil, line.stored)
        lines.append(line)
      }
    }
    lines += common
  }

  private static func pair(_ line: Line, _ other: Int64?) -> Line {
    var line = line
    line.other = other
    return line
  }

  /// The rows by everything but their counts.
  private static func rows(_ content: ReportContent) -> [String: [Line]] {
    var result: [String: [Line]] = [:]
    for record in content.records {
      let (source, outcome) = (content.sources[safe: record.source], content.outcomes[safe: record.outcome])
      let address = source?["text"]?.text
      let key =
        [
          address, outcome?["key"]?.text, content.policies[safe: record.policy]?["key"]?.text,
          record.columns["envelope_to_id"]?.text,
        ].map { $0 ?? "\u{0}" }.joined(separator: "\u{1}")
      result[key, default: []].append(
        Line(
          source: address, headerFrom: outcome?["header_from_id"]?.text, dkim: outcome?["evaluated_dkim"]?.text,
          spf: outcome?["evaluated_spf"]?.text, disposition: outcome?["disposition"]?.text,
          stored: record.columns["messages"]?.integer, other: nil))
    }
    return result
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
