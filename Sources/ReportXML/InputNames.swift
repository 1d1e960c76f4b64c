import DMARC

/// The distinct names and addresses of all reports of one input: a file, or one message of an mbox file.
///
/// A report is bounded by itself, but an archive holds a thousand. Names are remembered, not only counted, so that a second pass over the
/// same report gives the same rows.
public final class InputNames {
  /// Bytes of an input that pay for one From domain beyond those of one report, and for one name of another kind.
  private static let bytesPerFromDomain: Int64 = 512
  private static let bytesPerName: Int64 = 128

  /// Distinct From domains, and distinct names of each other kind, that the input may bring.
  let mostFromDomains, mostNames: Int
  let addresses: AddressTable
  private var names: [NameTable.Kinds.RawValue: Set<String>] = [:]
  private var outcomes: Set<UInt64> = []

  /// - Parameter bytes: the size of the input.
  public init(_ limits: Limits, bytes: Int64 = 0) {
    mostFromDomains = limits.fromDomains.addingClamped(Int(clamping: bytes / Self.bytesPerFromDomain))
    mostNames = limits.names.addingClamped(Int(clamping: bytes / Self.bytesPerName))
    addresses = AddressTable(limit: limits.addresses)
  }

  /// Whether the input has brought a name already, or may bring one more.
  func hold(_ name: String, _ kind: NameTable.Kinds) -> Bool {
    Self.hold(name, in: &names[kind.rawValue, default: []], kind == .fromDomain ? mostFromDomains : mostNames)
  }

  /// The same for a hash of an outcome.
  func hold(outcome: UInt64) -> Bool { Self.hold(outcome, in: &outcomes, NameTable.outcomeLimit) }

  static func hold<Element>(_ element: Element, in set: inout Set<Element>, _ limit: Int) -> Bool {
    if set.count < limit {
      set.insert(element)
      return true
    }
    return set.contains(element)
  }
}
