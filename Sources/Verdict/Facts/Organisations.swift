public import DMARC

/// Which names belong to one organisation (RFC 7489 §3.2), according to a function that looks names up in a public suffix list.
public struct Organisations: Sendable {
  private let lookUp: @Sendable (DomainName) -> DomainName?

  /// - Parameter lookUp: returns the organisational domain of a name, or nil if the name is a public suffix or a parent of one.
  public init(_ lookUp: @escaping @Sendable (DomainName) -> DomainName?) { self.lookUp = lookUp }

  /// The organisational domain of a name; nil if it has none.
  public func domain(of name: DomainName) -> DomainName? { lookUp(name) }

  /// Whether two names belong to one organisation. Equal names always do.
  public func areRelated(_ one: DomainName, _ other: DomainName) -> Bool {
    if one == other { return true }
    guard let organisation = domain(of: one) else { return false }
    return organisation == domain(of: other)
  }
}
