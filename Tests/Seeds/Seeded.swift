import Foundation

/// Random numbers that are the same in every run, so that a failure can be repeated.
///
/// `DMARCSTAT_SEED` changes the seed of all generators; each prints its seed once.
public struct Seeded: RandomNumberGenerator, Sendable {
  /// The seed of this run.
  public static let seed: UInt64 = {
    let wanted = ProcessInfo.processInfo.environment["DMARCSTAT_SEED"].flatMap { UInt64($0) } ?? 1
    print("random numbers: DMARCSTAT_SEED=\(wanted)")
    return wanted
  }()

  /// How often a test tries random input.
  /// - Parameters:
  ///   - short: the number of rounds by default.
  ///   - long: the number of rounds with `scripts/test --long`.
  public static func rounds(_ short: Int, long: Int) -> Int {
    ProcessInfo.processInfo.environment["DMARCSTAT_LONG"] == "1" ? long : short
  }

  private var state: UInt64

  /// A separate generator for each use, independent of other tests.
  public init(_ use: String = #function) {
    // FNV-1a, because `hashValue` differs between processes.
    state = use.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ Self.seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// SplitMix64.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
