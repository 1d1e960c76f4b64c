public import DMARC

/// The distinct names and addresses in all reports of one input: a file, or one message of an mbox file.
///
/// A single report is bounded, but an archive may contain a thousand. Names are stored, not only counted, so that a second pass over a
/// report gives the same rows.
public final class InputNames {
  /// Bytes of input for each additional From domain beyond the limit of one report, and for each additional name of another kind.
  private static let bytesPerFromDomain: Int64 = 512
  private static let bytesPerName: Int64 = 128

  /// The maximum number of distinct From domains, and of distinct names of each other kind, in the input.
  let mostFromDomains, mostNames: Int
  let addresses: AddressTable
  private var names: [NameTable.Kinds.RawValue: Set<String>] = [:]
  private var outcomes: Set<UInt64> = []
  private let limits: Limits
  /// The outcomes whose names are in no set yet.
  private var first: FirstOutcomes

  /// Creates an empty set of names for one input.
  /// - Parameters:
  ///   - limits: the limits of one report.
  ///   - bytes: the size of the input; a larger one may contain more names.
  public init(_ limits: Limits, bytes: Int64 = 0) {
    mostFromDomains = limits.fromDomains.addingClamped(Int(clamping: bytes / Self.bytesPerFromDomain))
    mostNames = limits.names.addingClamped(Int(clamping: bytes / Self.bytesPerName))
    addresses = AddressTable(limit: limits.addresses)
    self.limits = limits
    first = FirstOutcomes(limits)
  }

  /// Adds an outcome if it is one of the first of the input, whose names are within all limits.
  /// - Returns: whether it was added.
  func holdFirst(_ outcome: AuthenticationOutcome, key: UInt64) -> Bool { first.add(outcome, key: key) }

  /// Adds the names of the first outcomes to the sets.
  private func countFirst() {
    var table: NameTable?
    for earlier in first.close() {
      if table == nil { table = NameTable(limits, input: self) }
      _ = table?.counting(earlier.outcome, key: earlier.key, organisation: nil)
    }
  }

  /// Whether the input contains the name already or may contain one more.
  func hold(_ name: String, _ kind: NameTable.Kinds) -> Bool {
    if kind != .recipientDomain { countFirst() }
    return Self.hold(name, in: &names[kind.rawValue, default: []], kind == .fromDomain ? mostFromDomains : mostNames)
  }

  /// The same for an outcome, given by its hash.
  func hold(outcome: UInt64) -> Bool {
    countFirst()
    return Self.hold(outcome, in: &outcomes, NameTable.outcomeLimit)
  }

  static func hold<Element>(_ element: Element, in set: inout Set<Element>, _ limit: Int) -> Bool {
    if set.count < limit {
      set.insert(element)
      return true
    }
    return set.contains(element)
  }
}
