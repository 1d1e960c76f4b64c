import DMARC

/// The distinct source addresses of one input, up to a limit. Addresses beyond the limit are replaced by their networks.
///
/// Used for every record, so looking up a known address does not allocate.
final class AddressTable {
  private var entries: [IPAddress] = []
  /// Indexes into `entries` plus 1; 0 is free. The size is a power of two, and at most half of the slots are in use.
  private var slots: [Int32] = Array(repeating: 0, count: 256)
  private let limit: Int
  private static let seed = UInt64.random(in: .min ... .max)

  init(limit: Int) { self.limit = limit }

  /// The address, or the network that it is counted under: /24 or /48 up to the same limit, then /8 or /16.
  func bounded(_ address: IPAddress) -> IPAddress {
    if hold(address, below: limit) { return address }
    let network = address.masked(to: address.isIPv6 ? 48 : 24)
    // `limit * 2` must not overflow.
    if hold(network, below: limit > .max / 2 ? limit : limit * 2) { return network }
    return address.masked(to: address.isIPv6 ? 16 : 8)
  }

  /// Whether an address is in the table, or could be added to it.
  private func hold(_ address: IPAddress, below limit: Int) -> Bool {
    var slot = Self.hash(address) & (slots.count - 1)
    while slots[slot] != 0 {
      if entries[Int(slots[slot]) - 1] == address { return true }
      slot = (slot + 1) & (slots.count - 1)
    }
    guard entries.count < limit else { return false }
    entries.append(address)
    slots[slot] = Int32(entries.count)
    if entries.count * 2 > slots.count { rehash() }
    return true
  }

  private func rehash() {
    slots = Array(repeating: 0, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = Self.hash(entry) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index + 1)
    }
  }

  @inline(__always)
  private static func hash(_ address: IPAddress) -> Int {
    let first = (address.high ^ seed).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    let second = (address.low ^ first.low ^ first.high).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return Int(truncatingIfNeeded: second.high ^ second.low)
  }
}
