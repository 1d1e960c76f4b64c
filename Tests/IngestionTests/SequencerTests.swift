import Testing

@testable import Ingestion

/// Threads pass in the order of their numbers.
@Suite struct SequencerTests {
  @Test func threadsPassInTheOrderOfTheirNumbers() throws {
    let sequencer = Sequencer()
    let passed = TestLog<Int>()
    // They start in the opposite order, and each waits before the next one starts.
    let threads = try (0..<5).reversed().map { number in
      let thread = try TestThread {
        sequencer.wait(for: number)
        passed.append(number)
        if number > 0 { sequencer.finish(number) }
      }
      if number > 0 { #expect(thread.isWaiting()) } else { thread.join() }
      return thread
    }
    #expect(passed.entries == [0])
    sequencer.finish(0)
    for thread in threads { thread.join() }
    #expect(passed.entries == [0, 1, 2, 3, 4])
  }

  @Test func aNumberThatIsFinishedEarlyHoldsUpNobody() throws {
    let sequencer = Sequencer()
    sequencer.finish(2)
    sequencer.finish(1)
    let third = try TestThread { sequencer.wait(for: 3) }
    #expect(third.isWaiting())
    sequencer.finish(0)
    third.join()
    // What has passed once passes again.
    sequencer.wait(for: 1)
  }

  @Test func onceOpenEverybodyPasses() throws {
    let sequencer = Sequencer()
    let thread = try TestThread { sequencer.wait(for: 9) }
    #expect(thread.isWaiting())
    sequencer.open()
    thread.join()
    sequencer.wait(for: 100)
  }
}
