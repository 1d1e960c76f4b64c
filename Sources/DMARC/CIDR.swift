/// A network: an address prefix with its length in bits (RFC 4632 §3.1, RFC 4291 §2.3).
public struct CIDR: Hashable, Sendable, LosslessStringConvertible {
  /// The network address; all bits after the prefix are zero.
  public let network: IPAddress
  /// The prefix length in bits: 0...32 for IPv4, 0...128 for IPv6.
  public let length: Int

  /// The network of the given prefix length that contains an address; nil if the length is invalid for the address family.
  public init?(_ address: IPAddress, length: Int) {
    guard (0...address.bitWidth).contains(length) else { return nil }
    network = address.masked(to: length)
    self.length = length
  }

  /// Parses `192.0.2.0/24`, `2001:db8::/32` or a single address; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(String(parts[0])) else { return nil }
    guard parts.count == 2 else {
      self.init(address, length: address.bitWidth)
      return
    }
    guard parts[1].allSatisfy(\.isNumber), let length = Int(parts[1]) else { return nil }
    self.init(address, length: length)
  }

  /// Whether the address lies in this network.
  public func contains(_ address: IPAddress) -> Bool {
    address.isIPv6 == network.isIPv6 && address.masked(to: length) == network
  }

  /// `network/length`, or the bare address if the network is a single address.
  public var description: String {
    length == network.bitWidth ? network.description : "\(network)/\(length)"
  }
}
