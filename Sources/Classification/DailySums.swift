import DMARC
import Store

/// Sums the messages of each flow by day and reporter, and spreads those of longer reports over the days that they cover.
///
/// The records of a flow follow each other, and there may be a million of them.
struct DailySums {
  private struct Key: Hashable {
    var days: CoveredDays
    var reporter: Int64
    var organisation: Int64?
  }

  /// The messages of a flow in reports of several days.
  private struct LongSum {
    var flow: Int
    /// Decides between flows of one source with equal numbers.
    var tie: UInt64 = 0
    var key: Key
    var messages: Int64
  }

  /// What flows share whose remainders are spread together.
  private struct Share: Hashable {
    var source: IPAddress
    var key: Key
  }

  /// Messages of a flow on a day, as one reporter says.
  struct Sum {
    var flow: Int
    var day, reporter: Int64
    var organisation: Int64?
    var messages: Int64
    /// Whether the report covers several days, so that the day is only assumed.
    var isEstimated: Bool
  }

  /// The maximum number of sums that longer reports become. Above it, they are spread over fewer days.
  static let mostSpread: Int64 = 1_000_000

  private let body: (Sum) -> Void
  private var flow = -1
  private var sums: [Key: Int64] = [:]
  private var long: [LongSum] = []

  /// Creates empty sums; `body` is called with each sum.
  init(_ body: @escaping (Sum) -> Void) { self.body = body }

  /// Adds a record of a flow.
  mutating func add(_ number: Int, _ day: FlowDay) {
    if number != flow { flush() }
    flow = number
    let key = Key(days: day.days, reporter: day.reporterID, organisation: day.organisationID)
    sums[key] = (sums[key] ?? 0).addingClamped(day.messages)
  }

  private mutating func flush() {
    for (key, messages) in sums {
      guard key.days.count == 1 else {
        long.append(LongSum(flow: flow, key: key, messages: messages))
        continue
      }
      body(
        Sum(
          flow: flow, day: key.days.first, reporter: key.reporter, organisation: key.organisation, messages: messages,
          isEstimated: false))
    }
    sums.removeAll(keepingCapacity: true)
  }

  /// Calls `body` with the sums that are left.
  /// - Parameters:
  ///   - source: the address of a flow.
  ///   - tie: a number that follows from the outcome and the policy of a flow.
  mutating func finish(source: (_ flow: Int) -> IPAddress, tie: (_ flow: Int) throws -> UInt64) rethrows {
    flush()
    guard !long.isEmpty else { return }
    // The order decides which flow gets which remainder, so it must depend neither on chance nor on the order of reading.
    for index in long.indices { long[index].tie = try tie(long[index].flow) }
    long.sort { ($0.messages, $0.tie) < ($1.messages, $1.tie) }
    let limits = Self.limits(long)
    var phases: [Share: Int64] = [:]
    for sum in long {
      let (days, address) = (sum.key.days, source(sum.flow))
      let share = Share(source: address, key: sum.key)
      // Neighbours begin on different days, since hosts of one network are counted together.
      let phase = phases[share] ?? Int64((address.high ^ address.low) % UInt64(CoveredDays.most))
      days.spread(sum.messages, phase: phase, limit: limits[sum.key.reporter] ?? 1) { day, messages in
        body(
          Sum(
            flow: sum.flow, day: day, reporter: sum.key.reporter, organisation: sum.key.organisation,
            messages: messages, isEstimated: true))
      }
      phases[share] = phase + sum.messages % days.count
    }
    long = []
  }

  /// By reporter: the maximum number of days that a report is spread over, so that all sums together do not exceed ``mostSpread``; at
  /// least 1. Each reporter has the same share, so that one with endless lists does not make the others coarser.
  private static func limits(_ sums: [LongSum]) -> [Int64: Int64] {
    let byReporter = Dictionary(grouping: sums, by: \.key.reporter)
    let share = mostSpread / Int64(max(byReporter.count, 1))
    return byReporter.mapValues { limit($0.map { min($0.key.days.count, $0.messages) }, share) }
  }

  /// The maximum number of days, so that no more than `most` sums result.
  static func limit(_ days: [Int64], _ most: Int64) -> Int64 {
    var limit = CoveredDays.most
    while limit > 1, days.reduce(0, { $0.addingClamped(min($1, limit)) }) > most { limit /= 2 }
    return limit
  }
}
