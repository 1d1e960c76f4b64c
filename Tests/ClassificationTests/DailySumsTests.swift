import DMARC
import Testing

@testable import Classification
@testable import Store

/// How messages of reports over several days are spread.
@Suite struct DailySumsTests {
  private func sums(_ add: (inout DailySums) -> Void) -> [DailySums.Sum] {
    var found: [DailySums.Sum] = []
    var sums = DailySums { found.append($0) }
    add(&sums)
    sums.finish(source: { IPAddress(v4: 0xcb00_7100 + UInt32($0 % 256)) }, tie: { UInt64($0) })
    return found
  }

  private func days(_ count: Int64, _ messages: Int64, reporter: Int64 = 1) -> FlowDay {
    let days = CoveredDays(begin: 20_727 * 86_400, end: (20_727 + count) * 86_400 - 1)
    return FlowDay(flowID: 1, days: days, reporterID: reporter, messages: messages, organisationID: nil)
  }

  @Test func daysAreAddedUpAndLongReportsSpread() {
    let found = sums { sums in
      sums.add(0, days(1, 2))
      sums.add(0, days(1, 3))
      sums.add(0, days(7, 14))
    }
    #expect(found.filter { !$0.isEstimated }.map(\.messages) == [5])
    let spread = found.filter(\.isEstimated)
    #expect(spread.map(\.messages) == [2, 2, 2, 2, 2, 2, 2])
    #expect(spread.map(\.day) == Array(20_727...20_733))
  }

  @Test func manySmallFlowsDoNotFallOnOneDay() {
    let found = sums { sums in
      for flow in 0..<70 { sums.add(flow, days(7, 1)) }
    }
    let counts = Dictionary(grouping: found, by: \.day).mapValues(\.count)
    #expect(counts.count == 7)
    #expect(counts.values.allSatisfy { (8...12).contains($0) }, "\(counts)")
  }

  @Test func smallFlowsOfOneSourceDoNotFallOnOneDay() {
    var found: [DailySums.Sum] = []
    var sums = DailySums { found.append($0) }
    for flow in 0..<70 { sums.add(flow, days(7, 1)) }
    sums.finish(source: { _ in IPAddress(v4: 0xcb00_7101) }, tie: { UInt64($0) })
    let counts = Dictionary(grouping: found, by: \.day).mapValues(\.count)
    #expect(counts.count == 7)
    #expect(counts.values.allSatisfy { $0 == 10 }, "\(counts)")
  }

  @Test func endlessListDoesNotMakeOtherReportersCoarser() {
    var found: [Int64] = []
    var sums = DailySums { if $0.reporter == 2 { found.append($0.messages) } }
    for flow in 0..<20_000 { sums.add(flow, days(366, 1_000_000)) }
    sums.add(20_000, days(21, 105, reporter: 2))
    sums.finish(source: { IPAddress(v4: UInt32($0)) }, tie: { UInt64($0) })
    #expect(found == Array(repeating: 5, count: 21))
  }

  @Test func numberOfSumsIsBounded() {
    var count: Int64 = 0
    var total: Int64 = 0
    var sums = DailySums {
      count += 1
      total += $0.messages
    }
    for flow in 0..<20_000 { sums.add(flow, days(10_000, 1_000_000)) }
    sums.finish(source: { IPAddress(v4: UInt32($0)) }, tie: { UInt64($0) })
    #expect(total == 20_000_000_000)
    #expect((1...DailySums.mostSpread).contains(count))
  }
}
