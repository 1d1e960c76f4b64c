import Glibc

/// Takes turns with other processes in a long series of short write transactions.
struct WritingTurns {
  private var began = ContinuousClock.now

  /// After this time, others come first.
  private static let turn = Duration.milliseconds(100)
  /// Waiting writers ask every 20 ms.
  private static let pause: UInt32 = 30_000

  /// Called between two transactions: waits if this process has been writing for long enough.
  mutating func letOthersWrite() {
    guard began.duration(to: .now) >= Self.turn else { return }
    usleep(Self.pause)
    began = .now
  }
}
