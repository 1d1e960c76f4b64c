import DMARC

/// What the history needs of a flow, in little space: there may be a million of them.
struct FlowTraits {
  /// Index of the source.
  var source: Int32
  /// What the source is one of, as the histories know it.
  var infrastructure: Int32
  /// The organisation of others that SPF passed for; -1 for none.
  var envelope: Int32
  /// The From domain.
  var from: Int32
  /// Our aligned passing selectors: most mail has one, some two; -1 for none.
  var firstSelector: Int32
  var secondSelector: Int32
  /// What its messages a day are counted by.
  var volume: Int32
  /// Equal for flows that say the same of a source, whatever the policy: reporters write one policy in different ways.
  var statement: Int32
  var marks: Marks

  struct Marks: OptionSet {
    let rawValue: UInt8
    static let passes = Marks(rawValue: 1)
    static let dkimAligned = Marks(rawValue: 2)
    static let spfAligned = Marks(rawValue: 4)
    /// Neither SPF nor DKIM passes for anybody, and no known signature of ours is in it.
    static let nothing = Marks(rawValue: 8)
    static let foreignPass = Marks(rawValue: 16)
    static let authorised = Marks(rawValue: 32)
    static let origin = Marks(rawValue: 64)
    static let attested = Marks(rawValue: 128)
  }
}

/// Texts and numbers for them.
struct Numbering {
  private var numbers: [String: Int32] = [:]
  private(set) var texts: [String] = []

  mutating func number(_ text: String) -> Int32 {
    if let known = numbers[text] { return known }
    let number = Int32(texts.count)
    numbers[text] = number
    texts.append(text)
    return number
  }

  subscript(_ text: String) -> Int32? { numbers[text] }
}

/// Counts distinct partners of each key, from pairs.
struct DistinctCounts {
  private(set) var counts: [Int32]

  /// Pairs as `key << 32 | partner`.
  init(_ pairs: [UInt64], keys: Int) {
    var counts = [Int32](repeating: 0, count: keys)
    var last: UInt64?
    for pair in pairs.sorted() where pair != last {
      counts[Int(pair >> 32)] += 1
      last = pair
    }
    self.counts = counts
  }

  static func pair(_ key: Int32, _ partner: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: key)) << 32 | UInt64(UInt32(bitPattern: partner))
  }
}
