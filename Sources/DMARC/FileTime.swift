/// A modification time as a file system or mail server states it. It may lie in any century.
public struct FileTime: Sendable, Hashable {
  /// Epoch seconds.
  public var seconds: Int64
  /// Nanoseconds within the second.
  public var nanoseconds: Int64

  /// Creates a time from epoch seconds.
  public init(seconds: Int64, nanoseconds: Int64 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Nanoseconds since 1970 modulo 2^64. Two times with equal stamps are equal or a multiple of 584 years apart.
  public var stamp: Int64 { seconds &* 1_000_000_000 &+ nanoseconds }
}
