import Store

/// Verdicts that differ from the stored ones. Compact, because there may be a million of few kinds.
struct VerdictChanges {
  private struct Kind: Hashable {
    var verdict, subtype, confidence, rule: String
    var isUnknownIP: Bool
    var issues: [String]
  }

  private struct Change {
    var flow: Int64
    /// The known sender; -1 for none.
    var sender: Int64
    var kind: Int32
  }

  private var changes: [Change] = []
  private var kinds: [Kind] = []
  private var numbers: [Kind: Int32] = [:]
  /// The known senders that the verdicts refer to.
  private(set) var senders: Set<Int64> = []

  var count: Int { changes.count }

  mutating func add(_ verdict: StoredVerdict) {
    let kind = Kind(
      verdict: verdict.verdict, subtype: verdict.subtype, confidence: verdict.confidence, rule: verdict.rule,
      isUnknownIP: verdict.isUnknownIP, issues: verdict.issues)
    let number = numbers[kind] ?? Int32(kinds.count)
    if numbers.updateValue(number, forKey: kind) == nil { kinds.append(kind) }
    if let sender = verdict.knownSenderID { senders.insert(sender) }
    changes.append(Change(flow: verdict.flowID, sender: verdict.knownSenderID ?? -1, kind: number))
  }

  /// Puts the changes in the order of the flows, so that storing them writes each page of a table once.
  mutating func sort() { changes.sort { $0.flow < $1.flow } }

  /// The verdicts in a range of positions.
  subscript(_ range: Range<Int>) -> [StoredVerdict] {
    changes[range].map { change in
      let kind = kinds[Int(change.kind)]
      return StoredVerdict(
        flowID: change.flow, verdict: kind.verdict, subtype: kind.subtype, confidence: kind.confidence, rule: kind.rule,
        isUnknownIP: kind.isUnknownIP, issues: kind.issues, knownSenderID: change.sender < 0 ? nil : change.sender)
    }
  }
}
