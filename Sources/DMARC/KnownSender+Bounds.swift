extension KnownSender {
  /// The shortest prefixes of networks that are declared without a second thought: a /16 for IPv4 and a /32 for IPv6, which is what
  /// one operator gets from a registry.
  public static let shortestIPv4Prefix = 16
  /// See ``shortestIPv4Prefix``.
  public static let shortestIPv6Prefix = 32

  /// A declaration that would vouch for strangers.
  public enum Overreach: Sendable, Hashable {
    /// All addresses of a family.
    case everyAddress(CIDR)
    /// A network that is wider than one operator usually has.
    case wideNetwork(CIDR)
    /// A domain under which anyone can register one.
    case publicSuffix(DomainName)

    /// Whether it may be declared on request.
    public var canBeForced: Bool {
      if case .everyAddress = self { return false }
      return true
    }
  }

  /// The first part of the declaration that covers more than one operator; nil if there is none.
  /// - Parameter isPublicSuffix: whether anyone can register names under a domain.
  public func overreach(isPublicSuffix: (DomainName) -> Bool) -> Overreach? {
    for network in networks {
      if network.length == 0 { return .everyAddress(network) }
      let shortest = network.network.isIPv6 ? Self.shortestIPv6Prefix : Self.shortestIPv4Prefix
      if network.length < shortest { return .wideNetwork(network) }
    }
    return (domains + hosts + onlyFor).first(where: isPublicSuffix).map(Overreach.publicSuffix)
  }
}

extension KnownSender.Overreach: CustomStringConvertible {
  /// What is wrong, for an error message.
  public var description: String {
    switch self {
    case .everyAddress(let network): "\(network) is every address, so it would vouch for everybody"
    case .wideNetwork(let network):
      "\(network) is wider than /\(network.network.isIPv6 ? KnownSender.shortestIPv6Prefix : KnownSender.shortestIPv4Prefix), so it would vouch for many operators"
    case .publicSuffix(let domain): "\(domain) is a public suffix: anyone can have a name under it"
    }
  }
}
