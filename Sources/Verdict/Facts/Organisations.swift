import DMARC

/// Which names belong to one organisation (RFC 7489 §3.2): a look-up in a public suffix list, which comes in as a function.
public struct Organisations: Sendable {
  private let lookUp: @Sendable (DomainName) -> DomainName?

  /// Organisations by the function given, which returns nil for a name that stands at or above a public suffix.
  public init(_ lookUp: @escaping @Sendable (DomainName) -> DomainName?) { self.lookUp = lookUp }

  /// The organisational domain of a name; nil where it has none.
  public func domain(of name: DomainName) -> DomainName? { lookUp(name) }

  /// Whether two names belong to one organisation; equal names always do.
  public func areRelated(_ one: DomainName, _ other: DomainName) -> Bool {
    if one == other { return true }
    guard let organisation = domain(of: one) else { return false }
    return organisation == domain(of: other)
  }
}
