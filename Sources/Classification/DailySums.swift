import DMARC
import Store

/// Sums the messages of each flow by day and reporter. The records of a flow follow each other, and there may be a million of them.
struct DailySums {
  private struct Key: Hashable {
    var day, reporter: Int64
    var organisation: Int64?
  }

  private let body: (_ flow: Int, _ day: Int64, _ reporter: Int64, _ organisation: Int64?, _ messages: Int64) -> Void
  private var flow = -1
  private var sums: [Key: Int64] = [:]

  /// Creates empty sums; `body` is called with each sum.
  init(_ body: @escaping (Int, Int64, Int64, Int64?, Int64) -> Void) { self.body = body }

  /// Adds a record of a flow.
  mutating func add(_ number: Int, _ day: FlowDay) {
    if number != flow { flush() }
    flow = number
    sums[Key(day: day.day, reporter: day.reporterID, organisation: day.organisationID), default: 0] += day.messages
  }

  /// Calls `body` with the sums of the current flow.
  mutating func flush() {
    for (key, messages) in sums { body(flow, key.day, key.reporter, key.organisation, messages) }
    sums.removeAll(keepingCapacity: true)
  }
}
