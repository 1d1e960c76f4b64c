import Testing

@testable import Delivery

@Suite struct RetryScheduleTests {
  @Test func attemptsEndAfterThreeDays() {
    var (now, attempts): (Int64, Int64) = (1_000, 1)
    var times: [Int64] = []
    while let next = RetrySchedule.next(createdAt: 1_000, attempts: attempts, now: now) {
      #expect(next > now)
      times.append(next - 1_000)
      (now, attempts) = (next, attempts + 1)
    }
    #expect(times == [60, 360, 1_260, 4_860, 12_060, 26_460, 55_260, 98_460, 141_660, 184_860, 228_060, 259_200])
  }

  @Test func aReceiverMayAskForALongerPause() {
    #expect(RetrySchedule.next(createdAt: 0, attempts: 1, now: 10, retryAfter: 7_000) == 7_010)
    #expect(RetrySchedule.next(createdAt: 0, attempts: 1, now: 10, retryAfter: 5) == 70)
    #expect(RetrySchedule.next(createdAt: 0, attempts: 1, now: 10, retryAfter: .max) == 43_210)
    #expect(RetrySchedule.next(createdAt: 0, attempts: .max, now: 10, retryAfter: .min) == 43_210)
    #expect(RetrySchedule.next(createdAt: .max - 5, attempts: 1, now: .max - 5) == .max)
  }
}
