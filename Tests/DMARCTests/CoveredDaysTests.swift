import DMARC
import Testing

@Suite struct CoveredDaysTests {
  private let midnight: Int64 = 20_727 * 86_400

  private func days(_ begin: Int64, _ length: Int64) -> [Int64] {
    let days = CoveredDays(begin: midnight + begin, end: midnight + begin + length)
    return [days.first - 20_727, days.count]
  }

  @Test func dayIsOneDayInEveryTimeZone() {
    for length in [86_399, 86_400, 82_800, 90_000, 93_600, 3_600, 21_600, 0] as [Int64] {
      for begin in stride(from: 0, to: 86_400, by: 3_600) as StrideTo<Int64> {
        let middle = (begin + length / 2) / 86_400
        #expect(days(begin, length) == [middle, 1])
      }
    }
    // 22:00 to 22:00 UTC is a day in Berlin.
    #expect(days(-7_200, 86_400) == [0, 1])
  }

  @Test func longerPeriodIsAsManyDays() {
    #expect(days(0, 2 * 86_400 - 1) == [0, 2])
    #expect(days(0, 21 * 86_400 - 1) == [0, 21])
    #expect(days(-7_200, 7 * 86_400) == [0, 7])
    #expect(days(-7_200, 7 * 86_400 + 3_600) == [0, 7])
    #expect(days(54_000, 7 * 86_400) == [1, 7])
    #expect(days(0, 36 * 3_600 - 1) == [0, 1])
  }

  @Test func veryLongPeriodIsBounded() {
    let days = CoveredDays(begin: midnight, end: midnight + 10_000 * 86_400)
    #expect(days.count == 366)
    #expect(days.first == 20_727 + 5_000 - 183)
    for (begin, end) in [(Int64.min, Int64.max), (.max, .min), (.max, .max), (.min, .min), (0, .max)] {
      let days = CoveredDays(begin: begin, end: end)
      #expect((1...366).contains(days.count))
      var sum: Int64 = 0
      days.spread(1_000, phase: .max) { sum += $1 }
      #expect(sum == 1_000)
    }
  }

  @Test func messagesAreSpreadEvenlyAndCompletely() {
    for count in [1, 2, 7, 21, 366] as [Int64] {
      let days = CoveredDays(begin: midnight, end: midnight + count * 86_400 - 1)
      for messages in [0, 1, 3, 20, 21, 105, 1_000_003] as [Int64] {
        for phase in [0, 1, 5, 400] as [Int64] {
          var found: [Int64: Int64] = [:]
          days.spread(messages, phase: phase) { found[$0, default: 0] += $1 }
          #expect(found.values.reduce(0, +) == messages)
          #expect(found.keys.allSatisfy { (20_727..<20_727 + count).contains($0) })
          #expect(found.count == min(messages, count))
          #expect(found.values.allSatisfy { $0 >= messages / count && $0 <= messages / count + 1 })
        }
      }
    }
  }

  @Test func singleMessagesOfSuccessivePhasesFallOnAllDays() {
    let days = CoveredDays(begin: midnight, end: midnight + 7 * 86_400)
    var found: Set<Int64> = []
    for phase in 0..<7 as Range<Int64> { days.spread(1, phase: phase) { found.insert($0 * $1) } }
    #expect(found.count == 7)
  }

  @Test func spreadCanBeLimited() {
    let days = CoveredDays(begin: midnight, end: midnight + 300 * 86_400)
    var found: [Int64] = []
    days.spread(6_000, phase: 0, limit: 3) { found += [$0 - 20_727, $1] }
    #expect(found == [50, 2_000, 150, 2_000, 250, 2_000])
  }
}
