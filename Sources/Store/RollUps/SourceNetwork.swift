import DMARC

/// The network of a source as one number: the /24 of IPv4, the /48 of IPv6.
struct SourceNetwork {
  private static let sixth = Int64(1) << 60

  /// The number for an address.
  static func number(of address: IPAddress) -> Int64 {
    address.isIPv6 ? sixth | Int64(truncatingIfNeeded: address.high >> 16) : Int64(truncatingIfNeeded: address.low >> 8)
  }

  /// The network with a number, as text.
  static func text(_ number: Int64) -> String {
    let isIPv6 = number >= sixth
    let address =
      isIPv6
      ? IPAddress(v6: UInt64(bitPattern: number ^ sixth) << 16, 0)
      : IPAddress(v4: UInt32(truncatingIfNeeded: number << 8))
    return CIDR(address, length: isIPv6 ? 48 : 24)?.description ?? "\(address)"
  }
}
