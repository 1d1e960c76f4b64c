import Testing

@testable import Ingestion

/// Pauses between connections, looks and IDLE commands.
@Suite struct BackoffTests {
  private func pauses(
    _ count: Int, _ backoff: inout Backoff, lasted: Double = 0, isTransient: Bool = true, retryAfter: Double? = nil
  ) -> [Double] {
    (0..<count).map { _ in backoff.pause(afterConnectionOf: lasted, isTransient: isTransient, retryAfter: retryAfter) }
  }

  @Test func pausesDoubleUpToAQuarterOfAnHour() {
    var backoff = Backoff(pollSeconds: 300)
    for (number, pause) in pauses(40, &backoff).enumerated() {
      let usual = 2 * Double(1 << min(number, 10))
      #expect(pause >= min(usual / 2, 900))
      #expect(pause <= min(usual * 1.5, 900))
    }
    #expect(backoff.failures == 40)
  }

  @Test func clientsDoNotAllComeBackTogether() {
    let first = (0..<50).map { _ in
      var backoff = Backoff(pollSeconds: 300)
      return backoff.pause(afterConnectionOf: 0, isTransient: true, retryAfter: nil)
    }
    #expect(Set(first).count > 1)
  }

  @Test func aConnectionThatLastedBeginsAgainWithAShortPause() {
    var backoff = Backoff(pollSeconds: 300)
    _ = pauses(8, &backoff)
    #expect(pauses(1, &backoff, lasted: 299)[0] > 100)
    #expect(pauses(1, &backoff, lasted: 300)[0] <= 3)
    #expect(backoff.failures == 1)
  }

  @Test func anErrorThatLastsIsNotTriedMoreOftenThanTheFolderIsPolled() {
    var backoff = Backoff(pollSeconds: 300)
    #expect(pauses(1, &backoff, isTransient: false)[0] == 300)
    var slow = Backoff(pollSeconds: 100_000)
    #expect(pauses(1, &slow, isTransient: false)[0] == 900)
  }

  @Test(arguments: [(60.0, 60.0), (100_000, 900), (-5, nil), (.infinity, 900)] as [(Double, Double?)])
  func theServerMayWantALongerPauseButNotForEver(_ retryAfter: Double, _ expected: Double?) {
    var backoff = Backoff(pollSeconds: 300)
    let pause = pauses(1, &backoff, retryAfter: retryAfter)[0]
    if let expected { #expect(pause == expected) } else { #expect((1...3).contains(pause)) }
  }

  @Test func looksInVainBecomeRarerUpToThePollingInterval() {
    var backoff = Backoff(pollSeconds: 10)
    let waits = (0..<8).map { _ in backoff.pause(afterScan: false) }
    #expect(waits == [1, 1, 2, 4, 8, 10, 10, 10])
    #expect(backoff.pause(afterScan: true) == 1)
    #expect((0..<3).map { _ in backoff.pause(afterScan: false) } == [1, 1, 2])
    backoff.noteQuiet()
    #expect(backoff.pause(afterScan: false) == 1)
  }

  @Test func aPollingIntervalBelowASecondDoesNotMakeUsBusy() {
    var backoff = Backoff(pollSeconds: 0)
    #expect((0..<20).map { _ in backoff.pause(afterScan: false) }.allSatisfy { $0 == 1 })
  }

  @Test func idleIsGivenUpAfterThreeThatBrokeInARow() {
    var backoff = Backoff(pollSeconds: 300)
    for _ in 0..<2 { backoff.noteIdle(wasKept: false, seconds: 1) }
    #expect(backoff.usesIdle)
    // One that lasted a minute, or ended as it should, was of use.
    backoff.noteIdle(wasKept: false, seconds: 60)
    for _ in 0..<2 { backoff.noteIdle(wasKept: false, seconds: 59) }
    #expect(backoff.usesIdle)
    backoff.noteIdle(wasKept: true, seconds: 0)
    for _ in 0..<3 { backoff.noteIdle(wasKept: false, seconds: 0) }
    #expect(!backoff.usesIdle)
    // A new connection tries again.
    _ = pauses(1, &backoff)
    #expect(backoff.usesIdle)
  }
}
