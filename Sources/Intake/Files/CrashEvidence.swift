import DMARC
import Glibc

/// What a run records about itself in its journal while it reads an input in isolation, so that the next run can decide whether the input
/// caused a crash: the first 64 bytes of the file.
///
/// A killed run leaves no other trace. Many are killed by people or power failures; the input is to blame only if memory or time ran out.
struct CrashEvidence: Equatable {
  /// The signal of a fault of the program, written by the signal handler; 0 for none.
  var signal: UInt8 = 0
  /// The maximum growth of private memory while the input was read in isolation, in bytes.
  var growth: Int64 = 0
  /// Processor time since anything was last found in the input, in milliseconds.
  var stalled: Int64 = 0
  /// How often the memory of the system and of the control group had run out when the input was started.
  var outOfMemory = OutOfMemoryCount()

  static let length = 64
  /// The offset of the signal in the bytes.
  static let signalOffset = 1
  private static let kind: UInt8 = 5

  /// The number of strikes that quarantine an input: certain evidence counts 2, likely evidence 1.
  static let enoughStrikes: UInt8 = 2
  /// Growth in bytes that no genuine input causes: an input uses at most a few dozen MiB.
  static let suspiciousGrowth: Int64 = 256 << 20
  /// Growth in bytes from which this process probably exhausted the memory of the system.
  static let someGrowth: Int64 = 16 << 20
  /// Processor time without any finding that is suspicious, in milliseconds.
  static let suspiciousStall: Int64 = 60_000

  init() {}

  /// The number of strikes that a crash counts for the one input that was being read.
  /// - Parameter now: how often memory has run out until now.
  func strikes(_ now: OutOfMemoryCount) -> UInt8 {
    if signal != 0 { return Self.enoughStrikes }
    let ranOutOfMemory =
      now.groupHasRunOut(since: outOfMemory) || growth >= Self.someGrowth && now.systemHasRunOut(since: outOfMemory)
    return growth >= Self.suspiciousGrowth || stalled >= Self.suspiciousStall || ranOutOfMemory ? 1 : 0
  }

  // MARK: Bytes

  var bytes: [UInt8] {
    var bytes: [UInt8] = [Self.kind, signal, 0, 0, 0, 0, 0, 0]
    for number in [growth, stalled, outOfMemory.system, outOfMemory.group, Int64(bitPattern: outOfMemory.groupName)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes + [UInt8](repeating: 0, count: Self.length - bytes.count)
  }

  /// Decodes the record at the start of a journal; nil if there is none.
  init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes.prefix(Self.length))
    guard bytes.count == Self.length, bytes[0] == Self.kind else { return nil }
    func number(_ index: Int) -> Int64 {
      let start = 8 + index * 8
      return Int64(bitPattern: bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    signal = bytes[Self.signalOffset]
    growth = number(0)
    stalled = number(1)
    outOfMemory = OutOfMemoryCount(system: number(2), group: number(3), groupName: UInt64(bitPattern: number(4)))
  }
}
