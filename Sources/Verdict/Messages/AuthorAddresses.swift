package import DMARC

/// The addresses of a From field: one or several, possibly in groups (RFC 5322 §3.4, §3.6.2).
package struct AuthorAddresses: Sendable, Hashable {
  /// The addresses, in order.
  package private(set) var addresses: [String] = []
  /// Their domains, each once.
  package private(set) var domains: [DomainName] = []

  private static let most = 100

  /// Reads the value of a field. Display names, comments and groups are skipped, so an address in a display name does not count.
  package init(_ value: [UInt8]) {
    var (text, angle): ([UInt8], [UInt8]?) = ([], nil)
    var (isQuoted, isInAngle, depth) = (false, false, 0)
    var index = 0
    func add(_ list: inout Self) {
      list.add(angle ?? text)
      (text, angle) = ([], nil)
    }
    while index < value.count, addresses.count < Self.most {
      let byte = value[index]
      index += 1
      let isEscape = byte == UInt8(ascii: "\\") && (isQuoted || depth > 0)
      if isEscape {
        index += 1
      } else if isQuoted {
        isQuoted = byte != UInt8(ascii: "\"")
      } else if byte == UInt8(ascii: "("), !isInAngle {
        depth += 1
      } else if depth > 0 {
        if byte == UInt8(ascii: ")") { depth -= 1 }
      } else if byte == UInt8(ascii: "\"") {
        isQuoted = true
        // A quoted local part is an address still.
        if isInAngle { angle?.append(UInt8(ascii: "q")) } else { text.append(UInt8(ascii: "q")) }
      } else if isInAngle {
        if byte == UInt8(ascii: ">") { isInAngle = false } else { angle?.append(byte) }
      } else {
        switch byte {
        case UInt8(ascii: "<"): (angle, isInAngle) = ([], true)
        case UInt8(ascii: ","), UInt8(ascii: ";"): add(&self)
        case UInt8(ascii: ":"): text = []
        default: text.append(byte)
        }
      }
    }
    add(&self)
  }

  private mutating func add(_ bytes: [UInt8]) {
    let address = String(decoding: bytes.filter { $0 > 0x20 && $0 != 0x7f }, as: UTF8.self)
    guard let at = address.lastIndex(of: "@"), at > address.startIndex,
      let domain = DomainName(String(address[address.index(after: at)...])), domain.publishable != nil
    else { return }
    addresses.append(address)
    if !domains.contains(domain) { domains.append(domain) }
  }
}
