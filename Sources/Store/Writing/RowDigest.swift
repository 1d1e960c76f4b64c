import DMARC

/// A digest of the canonical rows of a report, independent of their order. It shows whether two reports have the same rows, or whether one
/// has all rows of the other.
///
/// Each row is a 64-bit SipHash with a key that is random for each process, so that an attacker cannot prepare collisions. Sums of the hashes
/// identify equal multisets in constant memory. To recognise subsets, the hashes themselves are kept: eight bytes per row, up to a
/// limit.
struct RowDigest {
  /// Hash of the published policy.
  let policy: Int
  private(set) var rows = 0
  private var sum: UInt64 = 0
  private var squares: UInt64 = 0
  private var hashes: [UInt64] = []

  /// Maximum number of rows of a report whose subsets are recognised. Longer reports are only recognised as copies if they are equal.
  private static let mostHashes = 4 << 20

  init(policy: String) { self.policy = Self.hash(policy) }

  mutating func add(source: IPAddress, outcome: Int, envelopeTo: Int?, messages: Int64) {
    var hasher = Hasher()
    hasher.combine(policy)
    hasher.combine(source)
    hasher.combine(outcome)
    hasher.combine(envelopeTo)
    hasher.combine(messages)
    let hash = UInt64(bitPattern: Int64(hasher.finalize()))
    rows += 1
    sum &+= hash
    squares &+= hash &* hash
    if hashes.count < Self.mostHashes { hashes.append(hash) }
  }

  /// Whether both have the same rows equally often, under the same policy.
  func equals(_ other: RowDigest) -> Bool {
    policy == other.policy && rows == other.rows && sum == other.sum && squares == other.squares
  }

  /// Whether the other digest has every row at least as often.
  func isPart(of other: RowDigest) -> Bool {
    guard rows <= other.rows, other.rows <= Self.mostHashes else { return false }
    var rest = other.hashes.sorted()[...]
    for hash in hashes.sorted() {
      rest = rest.drop { $0 < hash }
      guard rest.first == hash else { return false }
      rest = rest.dropFirst()
    }
    return true
  }

  // MARK: Texts

  /// The hash of a canonical text. White space that only formats XML within it does not count.
  static func hash(_ text: String) -> Int {
    var hasher = Hasher()
    var pending = false
    var last: UInt8 = 0x3e
    var isEscaped = false
    func combine(_ byte: UInt8) {
      if pending, last != 0x3e, byte != 0x3c { hasher.combine(0x20 as UInt8) }
      pending = false
      last = byte
      hasher.combine(byte)
    }
    for byte in text.utf8 {
      if isEscaped {
        isEscaped = false
        // In JSON, \n, \r and \t are line ends and tabs.
        if byte == 0x6e || byte == 0x72 || byte == 0x74 {
          pending = true
        } else {
          combine(0x5c)
          combine(byte)
        }
      } else if byte == 0x5c {
        isEscaped = true
      } else if byte == 0x20 {
        pending = true
      } else {
        combine(byte)
      }
    }
    return hasher.finalize()
  }
}
