package import DMARC

/// The client that delivered a message to the host whose results count, by its `Received` field (RFC 5321 §4.4).
package struct ReceivedClient: Sendable, Hashable {
  package let address: IPAddress
  /// The name in HELO; empty if there is none.
  package let helo: String

  /// Reads the field of a host.
  /// - Parameter host: the host whose results count; nil takes the topmost field with a public address.
  package init?(_ header: MessageHeader, host: DomainName?, organisations: Organisations) {
    for field in header.all("received").prefix(Self.most) {
      // A field that cannot be read may be the one of the receiver; those below it may be of anybody.
      guard let hop = Hop(field.text) else { return nil }
      if let host {
        guard let by = hop.by, organisations.areRelated(by, host) else { continue }
      }
      // Hosts of the receiver pass messages to each other from private addresses.
      guard let address = hop.address, address.isPublic else { continue }
      (self.address, helo) = (address, hop.helo)
      return
    }
    return nil
  }

  private static let most = 50

  /// `from HELO (NAME [ADDRESS]) by HOST ...`
  private struct Hop {
    /// Nil for a message that was not received over a network.
    let address: IPAddress?
    let helo: String
    let by: DomainName?

    init?(_ text: String) {
      let words = text.split(whereSeparator: \.isWhitespace)
      guard let first = words.first?.lowercased() else { return nil }
      // The client chooses the name after `from`, which may be `by`, or an address in brackets.
      guard let end = words.indices.dropFirst(first == "from" ? 2 : 0).first(where: { words[$0].lowercased() == "by" }),
        end + 1 < words.count
      else { return nil }
      by = DomainName(String(words[end + 1].prefix { $0 != ";" }))
      guard first == "from", end > 1 else {
        (address, helo) = (nil, "")
        return
      }
      let comment = words[2..<end].filter { !$0.lowercased().contains("helo=") }
      address = comment.lazy.compactMap { Self.address($0) }.first ?? Self.address(words[1])
      helo = words[1].first == "[" || words[1].first == "(" ? "" : String(words[1])
    }

    private static func address(_ word: Substring) -> IPAddress? {
      guard let open = word.firstIndex(of: "["), let close = word[open...].firstIndex(of: "]") else { return nil }
      let text = word[word.index(after: open)..<close]
      return IPAddress(String(text.lowercased().hasPrefix("ipv6:") ? text.dropFirst(5) : text))
    }
  }
}
