/// The time of a file's last change, as the file system or a mail server has it: of any century.
public struct FileTime: Sendable, Hashable {
  /// Epoch seconds.
  public var seconds: Int64
  /// Nanoseconds of the second.
  public var nanoseconds: Int64

  /// A time.
  public init(seconds: Int64, nanoseconds: Int64 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Nanoseconds since 1970, modulo 2^64, which tells two times apart unless 584 years lie between them. The ledger compares these.
  public var stamp: Int64 { seconds &* 1_000_000_000 &+ nanoseconds }
}
