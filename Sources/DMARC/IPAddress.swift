/// An IPv4 or IPv6 address.
///
/// IPv4-mapped IPv6 addresses (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) become IPv4, so that a host has one value only.
public struct IPAddress: Hashable, Sendable {
  /// The high 64 bits of an IPv6 address; 0 for IPv4.
  public let high: UInt64
  /// The low 64 bits of an IPv6 address, or the 32 bits of an IPv4 address.
  public let low: UInt64
  /// Whether this is an IPv6 address.
  public let isIPv6: Bool

  /// An IPv4 address from its 32 bits in host byte order.
  public init(v4 bits: UInt32) {
    high = 0
    low = UInt64(bits)
    isIPv6 = false
  }

  /// An IPv6 address from its two halves in host byte order; an IPv4-mapped address becomes IPv4.
  public init(v6 high: UInt64, _ low: UInt64) {
    if high == 0, low >> 32 == 0xffff {
      self.init(v4: UInt32(truncatingIfNeeded: low))
    } else {
      self.init(unmapped: high, low)
    }
  }

  /// An address from 4 or 16 bytes in network byte order; nil for any other length.
  public init?(networkBytes bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 4: self.init(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case 16:
      self.init(
        v6: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
        bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    default: return nil
    }
  }

  /// The 4 or 16 bytes in network byte order.
  public var networkBytes: [UInt8] {
    if !isIPv6 { return (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * UInt64($0))) } }
    return (0..<16).map { index in
      let half = index < 8 ? high : low
      return UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64(index % 8)))
    }
  }

  /// The length in bits: 32 or 128.
  public var bitWidth: Int { isIPv6 ? 128 : 32 }

  /// The address with all bits after the first `length` set to zero.
  public func masked(to length: Int) -> IPAddress {
    if !isIPv6 {
      let mask: UInt32 = length <= 0 ? 0 : length >= 32 ? .max : ~(UInt32.max >> UInt32(length))
      return IPAddress(v4: UInt32(truncatingIfNeeded: low) & mask)
    }
    let highMask: UInt64 = length >= 64 ? .max : length <= 0 ? 0 : ~(UInt64.max >> UInt64(length))
    let lowMask: UInt64 = length >= 128 ? .max : length <= 64 ? 0 : ~(UInt64.max >> UInt64(length - 64))
    return IPAddress(unmapped: high & highMask, low & lowMask)
  }

  /// Keeps a masked IPv6 network IPv6 even if its bits look like an IPv4-mapped address.
  private init(unmapped high: UInt64, _ low: UInt64) {
    self.high = high
    self.low = low
    isIPv6 = true
  }
}
