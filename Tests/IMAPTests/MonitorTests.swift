import Foundation
import Testing

@testable import IMAP

@Suite struct MonitorTests {
  /// Runs a body in its own thread, because waiting would block a thread of the pool.
  private func start(_ body: @escaping @Sendable () -> Void) { Thread.detachNewThread(body) }

  @Test func waitersObserveEveryChange() {
    let numbers = Monitor<[Int]>([])
    let sums = Monitor<[Int]>([])
    for _ in 0..<4 {
      start {
        var sum = 0
        while true {
          guard let number = numbers.wait({ $0.popLast() }), number >= 0 else { break }
          sum += number
        }
        let total = sum
        sums.update { $0.append(total) }
      }
    }
    for number in 1...1_000 { numbers.update { $0.append(number) } }
    numbers.wait { $0.isEmpty ? () : nil }
    for _ in 0..<4 { numbers.update { $0.append(-1) } }
    let total = sums.wait { $0.count == 4 ? $0.reduce(0, +) : nil }
    #expect(total == 500_500)
  }

  @Test func aLimitEndsTheWait() {
    let monitor = Monitor(0)
    let start = ContinuousClock.now
    let value: Int? = monitor.wait(until: start + .milliseconds(30)) { $0 > 0 ? $0 : nil }
    #expect(value == nil)
    #expect(ContinuousClock.now >= start + .milliseconds(30))
    // An available value is returned even after the limit.
    monitor.update { $0 = 7 }
    #expect(monitor.wait(until: start) { $0 > 0 ? $0 : nil } == 7)
  }

  @Test(arguments: [false, true])
  func stoppingADeadlineEndsTheWait(isParent: Bool) {
    let parent = Deadline()
    let deadline = parent.shortened(to: 3_600)
    let monitor = Monitor(0)
    let isWaiting = Monitor(false)
    start {
      isWaiting.wait { $0 ? () : nil }
      (isParent ? parent : deadline).stop()
    }
    let error = #expect(throws: IMAPError.self) {
      _ = try monitor.wait(deadline) { number -> Int? in
        isWaiting.update { $0 = true }
        return number > 0 ? number : nil
      }
    }
    #expect(error?.kind == .stopped)
    // An available value is returned even after a stop.
    monitor.update { $0 = 5 }
    #expect((try? monitor.wait(deadline) { $0 > 0 ? $0 : nil }) == 5)
  }

  @Test func passedDeadlineEndsTheWait() {
    let error = #expect(throws: IMAPError.self) {
      _ = try Monitor(0).wait(Deadline(seconds: 0.02)) { _ -> Int? in nil }
    }
    #expect(error?.kind == .timeout)
    #expect((try? Deadline(seconds: 3_600).wait(0.01)) != nil)
    #expect((try? Deadline(seconds: 0.01).wait(3_600)) == nil)
  }
}
