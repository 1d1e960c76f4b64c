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
  var flags: Flags

  struct Flags: OptionSet {
    let rawValue: UInt8
    static let passes = Flags(rawValue: 1)
    static let dkimAligned = Flags(rawValue: 2)
    static let spfAligned = Flags(rawValue: 4)
    /// Neither SPF nor DKIM passes for anybody, and no known signature of ours is in it.
    static let unauthenticated = Flags(rawValue: 8)
    static let foreignPass = Flags(rawValue: 16)
    static let authorised = Flags(rawValue: 32)
    static let origin = Flags(rawValue: 64)
    static let attested = Flags(rawValue: 128)
  }
}
