package import DMARC

/// The client that delivered a message to the host whose results count, by its `Received` field (RFC 5321 §4.4).
package struct ReceivedClient: Sendable, Hashable {
  package let address: IPAddress
  /// The name in HELO; empty if there is none.
  package let helo: String

  /// Reads the field of a host.
  /// - Parameter host: the host whose results count; nil takes the topmost field with a public address.
  package init?(_ header: MessageHeader, host: DomainName?, organisations: Organisations) {
    let hops = header.all("received").prefix(Self.most).compactMap { Hop($0.text) }.filter { Self.isPublic($0.address) }
    let own = host.flatMap { host in hops.first { $0.by.map { organisations.areRelated($0, host) } ?? false } }
    guard let hop = host == nil ? hops.first : own else { return nil }
    (address, helo) = (hop.address, hop.helo)
  }

  private static let most = 50

  /// Hosts within a network pass messages on to one another under private addresses.
  private static func isPublic(_ address: IPAddress) -> Bool {
    let number = AddressRange.number(of: address)
    let others = address.isIPv6 ? privateIPv6 : privateIPv4
    return !others.contains { ($0.lower...$0.upper).contains(number) }
  }

  private static let privateIPv4 = [
    ("10.0.0.0", 8), ("127.0.0.0", 8), ("169.254.0.0", 16), ("172.16.0.0", 12), ("192.168.0.0", 16),
  ].compactMap { range($0, $1) }
  private static let privateIPv6 = [("::1", 128), ("fc00::", 7), ("fe80::", 10)].compactMap { range($0, $1) }

  private static func range(_ text: String, _ length: Int) -> AddressRange? {
    IPAddress(text).map { AddressRange(AddressRange.number(of: $0), length: length, width: $0.bitWidth) }
  }

  /// `from HELO (NAME [ADDRESS]) by HOST ...`
  private struct Hop {
    let address: IPAddress
    let helo: String
    let by: DomainName?

    init?(_ text: String) {
      let words = text.split(whereSeparator: \.isWhitespace)
      guard words.count > 1, words[0].lowercased() == "from" else { return nil }
      let end = words.firstIndex { $0.lowercased() == "by" } ?? words.count
      guard let address = words[1..<end].lazy.compactMap({ Self.address($0) }).first else { return nil }
      self.address = address
      helo = words[1].first == "[" || words[1].first == "(" ? "" : String(words[1])
      by = end + 1 < words.count ? DomainName(String(words[end + 1].prefix { $0 != ";" })) : nil
    }

    private static func address(_ word: Substring) -> IPAddress? {
      guard let open = word.firstIndex(of: "["), let close = word[open...].firstIndex(of: "]") else { return nil }
      let text = word[word.index(after: open)..<close]
      return IPAddress(String(text.lowercased().hasPrefix("ipv6:") ? text.dropFirst(5) : text))
    }
  }
}
