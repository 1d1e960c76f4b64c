public import DMARC

/// A host that the organisation's own DNS names: by the A or AAAA record of its domain, or by an MX record with a name below that domain.
public struct OwnHost: Sendable, Hashable {
  /// The name of the host.
  public let name: DomainName
  /// The record that names it.
  public let kind: Kind

  /// The record that names a host. The raw values are stored.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The address of the domain itself: often a web server, which others may share.
    case address = "A"
    /// A mail exchange below the domain.
    case exchange = "MX"
  }

  /// Creates a host.
  public init(name: DomainName, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}
