import DMARC

/// A source address as reporters write it: also in brackets, with a port, a zone, a prefix length, a trailing host name, or
/// leading zeros.
enum LenientAddress {
  case clean(IPAddress)
  case odd(IPAddress)
  case none

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let address = IPAddress(utf8: bytes) {
      // An IPv4-mapped address is a different text for the same host; a warning keeps the reported text.
      self = !address.isIPv6 && bytes.contains(UInt8(ascii: ":")) ? .odd(address) : .clean(address)
      return
    }
    self = Self.repaired(bytes.string).map { .odd($0) } ?? .none
  }

  private static func repaired(_ text: String) -> IPAddress? {
    guard text.utf8.count <= 80 else { return nil }
    var rest = text.drop { $0.isWhitespace || $0 == "(" }.prefix { !$0.isWhitespace && !",;()".contains($0) }
    for suffix in ["/32", "/128"] where rest.hasSuffix(suffix) { rest = rest.dropLast(suffix.count) }
    if rest.lowercased().hasPrefix("ipv6:") { rest = rest.dropFirst(5) }
    if rest.hasPrefix("[") {
      rest = rest.dropFirst().prefix { $0 != "]" }
      if rest.lowercased().hasPrefix("ipv6:") { rest = rest.dropFirst(5) }
    } else if rest.filter({ $0 == ":" }).count == 1 {
      rest = rest.prefix { $0 != ":" }
    }
    rest = rest.prefix { $0 != "%" }
    if let address = IPAddress(String(rest)) { return address }
    let octets = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard octets.count == 4 else { return nil }
    let plain = octets.compactMap { $0.allSatisfy { $0.isASCII && $0.isNumber } && $0.count <= 3 ? Int($0) : nil }
    return plain.count == 4 ? IPAddress(plain.map(String.init).joined(separator: ".")) : nil
  }
}
