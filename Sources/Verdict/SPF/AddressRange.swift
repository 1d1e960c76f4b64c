import DMARC

/// A closed range of addresses of one family.
struct AddressRange: Sendable, Hashable {
  var lower: UInt128
  var upper: UInt128

  init(lower: UInt128, upper: UInt128) {
    self.lower = lower
    self.upper = upper
  }

  /// The network that contains an address.
  init(_ address: UInt128, length: Int, width: Int) {
    let hosts: UInt128 = length == 0 ? Self.all(width).upper : (1 << UInt128(width - length)) - 1
    lower = address & ~hosts & Self.all(width).upper
    upper = lower | hosts
  }

  /// All addresses of the family with addresses of this many bits.
  static func all(_ width: Int) -> AddressRange {
    AddressRange(lower: 0, upper: width == 128 ? .max : (1 << UInt128(width)) - 1)
  }

  /// The number of an address of the given family; nil if it is not valid. `::ffff:192.0.2.1` stays IPv6 here.
  static func parse(_ text: Substring, isIPv6: Bool) -> UInt128? {
    guard text.contains(":") == isIPv6, let address = IPAddress(String(text)) else { return nil }
    if isIPv6, !address.isIPv6 { return UInt128(0xffff) << 32 | UInt128(address.low) }
    return number(of: address)
  }

  /// The number of an address.
  static func number(of address: IPAddress) -> UInt128 { UInt128(address.high) << 64 | UInt128(address.low) }

  /// The smallest set of networks that covers exactly this range.
  func networks(isIPv6: Bool) -> [CIDR] {
    let width = isIPv6 ? 128 : 32
    var result: [CIDR] = []
    var start = lower
    while true {
      var bits = start == 0 ? width : min(width, start.trailingZeroBitCount)
      while bits > 0, bits == 128 || start + ((1 << UInt128(bits)) - 1) > upper {
        if bits == 128, upper == .max, start == 0 { break }
        bits -= 1
      }
      if let network = CIDR(Self.address(start, isIPv6: isIPv6), length: width - bits) { result.append(network) }
      let last = bits == 128 ? UInt128.max : start + ((1 << UInt128(bits)) - 1)
      if last >= upper { return result }
      start = last + 1
    }
  }

  static func address(_ number: UInt128, isIPv6: Bool) -> IPAddress {
    isIPv6
      ? IPAddress(v6: UInt64(truncatingIfNeeded: number >> 64), UInt64(truncatingIfNeeded: number))
      : IPAddress(v4: UInt32(truncatingIfNeeded: number))
  }
}

/// A set of addresses of one family, as sorted ranges that neither overlap nor adjoin.
struct AddressSet: Sendable, Hashable {
  private(set) var ranges: [AddressRange] = []

  init() {}
  init(_ range: AddressRange) { ranges = [range] }

  init(_ unsorted: [AddressRange]) {
    for range in unsorted.sorted(by: { $0.lower < $1.lower }) {
      if let last = ranges.last, last.upper == .max || range.lower <= last.upper + 1 {
        ranges[ranges.count - 1].upper = max(last.upper, range.upper)
      } else {
        ranges.append(range)
      }
    }
  }

  var isEmpty: Bool { ranges.isEmpty }

  func union(_ other: AddressSet) -> AddressSet {
    if isEmpty { return other }
    return other.isEmpty ? self : AddressSet(ranges + other.ranges)
  }

  func intersection(_ other: AddressSet) -> AddressSet {
    var result: [AddressRange] = []
    var (left, right) = (0, 0)
    while left < ranges.count, right < other.ranges.count {
      let (one, two) = (ranges[left], other.ranges[right])
      let (lower, upper) = (max(one.lower, two.lower), min(one.upper, two.upper))
      if lower <= upper { result.append(AddressRange(lower: lower, upper: upper)) }
      if one.upper < two.upper { left += 1 } else { right += 1 }
    }
    return AddressSet(sorted: result)
  }

  func subtracting(_ other: AddressSet) -> AddressSet {
    var result: [AddressRange] = []
    var right = 0
    for range in ranges {
      var lower = range.lower
      var isDone = false
      while right < other.ranges.count, other.ranges[right].upper < lower { right += 1 }
      var index = right
      while index < other.ranges.count, other.ranges[index].lower <= range.upper {
        let cut = other.ranges[index]
        if cut.lower > lower { result.append(AddressRange(lower: lower, upper: cut.lower - 1)) }
        if cut.upper >= range.upper {
          isDone = true
          break
        }
        lower = max(lower, cut.upper + 1)
        index += 1
      }
      if !isDone, lower <= range.upper { result.append(AddressRange(lower: lower, upper: range.upper)) }
    }
    return AddressSet(sorted: result)
  }

  private init(sorted: [AddressRange]) { ranges = sorted }
}
