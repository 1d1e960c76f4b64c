import DMARC

/// Addresses that belong together: abusers rotate through them, and services spread their messages over them. The sources are places in
/// ``SenderPools/members``, because there may be a million pools of one address each.
struct SenderPool {
  fileprivate(set) var label: Label
  fileprivate var start, end: Int32

  enum Label: UInt8 {
    case address, host, network, system, campaign, named
  }

  /// Where its sources are in ``SenderPools/members``.
  var range: Range<Int> { Int(start)..<Int(end) }

  var form: UnknownSender.Form {
    switch label {
    case .address: .address
    case .host, .system, .named: .operatorPool
    case .network: .network
    case .campaign: .campaign
    }
  }
}

/// Sources that need review, folded into pools.
struct SenderPools {
  let sources: FlaggedSources
  private(set) var all: [SenderPool] = []
  /// The places of the sources of all pools, those of one pool in ascending order.
  private(set) var members: [Int32] = []

  init(_ sources: FlaggedSources) { self.sources = sources }

  /// The places of the sources of a pool.
  func members(_ pool: SenderPool) -> some Collection<Int> { members[pool.range].lazy.map(Int.init) }

  /// Adds a pool; a pool with a single source becomes an address, unless lines are operators.
  mutating func append(_ label: SenderPool.Label, _ places: some Collection<Int32>) {
    let start = Int32(truncatingIfNeeded: members.count)
    members += places
    all.append(
      SenderPool(
        label: places.count == 1 && label != .named ? .address : label, start: start,
        end: Int32(truncatingIfNeeded: members.count)))
  }

  /// Adds each source by itself.
  mutating func appendSingle(_ places: some Sequence<Int32>) {
    for place in places { append(.address, CollectionOfOne(place)) }
  }

  /// From this many addresses on, those of a /24 or of an autonomous system count as one sender.
  private static let leastInNetwork = 3

  /// What sources are brought together by.
  private struct Key: Comparable {
    /// Owner of the host, system or network.
    var value: UInt64
    /// What kind of value it is, the kind of the verdict, and whether the source is steady: these are kept apart.
    var group: UInt64
    var place: Int32

    static func < (left: Key, right: Key) -> Bool {
      (left.group, left.value, left.place) < (right.group, right.value, right.place)
    }

    func isTogether(with other: Key) -> Bool { group == other.group && value == other.value }
  }

  /// Folds sources of one kind by the operator of their hosts, else by their network, else by their autonomous system. Steady sources and
  /// others are kept apart.
  mutating func fold(_ places: some Sequence<Int32>) {
    var keys: [Key] = places.map { place in
      let owner = sources.owner(Int(place))
      let network = sources.network(Int(place))
      let kindOfValue: UInt64 = owner != nil ? 0 : network.isIPv6 ? 1 : 2
      return Key(
        value: owner.map { UInt64(truncatingIfNeeded: $0) } ?? network.prefix, group: group(Int(place), kindOfValue),
        place: place)
    }
    keys.sort()
    var rest: [Int32] = []
    Self.forEachRun(keys) { run in
      switch keys[run.lowerBound].group & 3 {
      case 0: append(.host, keys[run].map(\.place))
      case 1: append(.network, keys[run].map(\.place))
      default:
        if run.count >= Self.leastInNetwork {
          append(.network, keys[run].map(\.place))
        } else {
          rest += keys[run].lazy.map(\.place)
        }
      }
    }
    foldBySystem(rest)
  }

  /// Folds sources whose operators have the same name.
  mutating func foldByName(_ places: some Sequence<Int32>) {
    var keys = places.map { Key(value: UInt64(sources.operatorNumber(Int($0))), group: 0, place: $0) }
    keys.sort()
    Self.forEachRun(keys) { append(.named, keys[$0].map(\.place)) }
  }

  private mutating func foldBySystem(_ places: [Int32]) {
    guard sources.haveSystems else { return appendSingle(places) }
    appendSingle(places.filter { sources.system(Int($0)) == nil })
    var keys = places.compactMap { place in
      sources.system(Int(place)).map { Key(value: UInt64($0), group: group(Int(place), 0), place: place) }
    }
    keys.sort()
    Self.forEachRun(keys) { run in
      if run.count >= Self.leastInNetwork {
        append(.system, keys[run].map(\.place))
      } else {
        appendSingle(keys[run].lazy.map(\.place))
      }
    }
  }

  private func group(_ place: Int, _ kindOfValue: UInt64) -> UInt64 {
    UInt64(UInt32(bitPattern: sources.kind(place))) << 3 | (sources.isSteady(place) ? 4 : 0) | kindOfValue
  }

  private static func forEachRun(_ keys: [Key], _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < keys.count {
      var end = start + 1
      while end < keys.count, keys[end].isTogether(with: keys[start]) { end += 1 }
      body(start..<end)
      start = end
    }
  }

  // MARK: Facts

  func messages(_ pool: SenderPool) -> Int64 { members(pool).reduce(0) { $0.addingClamped(sources.messages($1)) } }

  /// The number of networks.
  func networks(_ pool: SenderPool) -> Int {
    pool.range.count == 1 || pool.label == .network ? 1 : Set(members(pool).lazy.map(sources.network)).count
  }

  /// The source with the most messages.
  func largest(_ pool: SenderPool) -> Int? { members(pool).max { sources.messages($0) < sources.messages($1) } }

  /// Days after the first report during which a line is new.
  static let newDays: Int64 = 7
  /// What newness adds to the threat.
  static let newness = 3.0

  /// Whether no source was reported before the last days of the period, as far as its reports say.
  func isNew(_ pool: SenderPool, _ newest: Int64) -> Bool {
    members(pool).allSatisfy { sources.firstDay($0) > newest.subtractingClamped(Self.newDays) }
  }
}
